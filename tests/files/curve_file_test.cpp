#include "foray/files/curve_file.h"

#include <gtest/gtest.h>

#include <cmath>

#include "file_test_tools.h"

namespace foray::files::curve_file_test {
namespace {

using scattering::Curve;
using scattering::QImage;

Curve test_curve() {
  Curve curve;
  curve.q = Eigen::VectorXd::LinSpaced(9, 0.01, 1.0 / 3);
  curve.intensity = (curve.q.array().pow(-2) / 7).matrix();
  curve.sigma = curve.intensity / 11;
  curve.dq = curve.q / 30;
  return curve;
}

const Curve& curve_of(const FileContent& content) {
  return std::get<Curve>(content.items.at(0).measurement);
}

FileContent read_text(const TestFolder& folder, const std::string& text) {
  write_bytes(folder.file("a.txt"), text);
  return read_measurement(folder.file("a.txt"));
}

std::string refusal(const TestFolder& folder, const std::string& text) {
  const std::string path = folder.file("a.txt");
  write_bytes(path, text);
  return error_of(path, [&] { read_measurement(path); }).what();
}

TEST(CanSasXml, GivesBackACurveBitForBit) {
  const TestFolder folder;
  const Curve curve = test_curve();
  write_cansas_xml(folder.file("a.xml"), curve, {{"title", "a < b & c"}});
  const FileContent content = read_measurement(folder.file("a.xml"));
  EXPECT_EQ(content.format, "canSAS XML 1.1");
  EXPECT_EQ(content.items.at(0).name, "a < b & c");
  EXPECT_EQ(curve_of(content).q, curve.q);
  EXPECT_EQ(curve_of(content).intensity, curve.intensity);
  EXPECT_EQ(curve_of(content).sigma, curve.sigma);
  EXPECT_EQ(curve_of(content).dq, curve.dq);
  EXPECT_EQ(curve_of(content).intensity_unit, "1/cm");
}

Curve slit_curve() {
  Curve curve = test_curve();
  curve.slit_length = Eigen::VectorXd::LinSpaced(9, 0.05, 0.06);
  curve.slit_width = Eigen::VectorXd::Constant(9, 1e-4 / 3);
  return curve;
}

TEST(CanSasXml, GivesBackASlitBitForBit) {
  const TestFolder folder;
  const Curve curve = slit_curve();
  write_cansas_xml(folder.file("a.xml"), curve);
  const FileContent content = read_measurement(folder.file("a.xml"));
  EXPECT_EQ(curve_of(content).slit_length, curve.slit_length);
  EXPECT_EQ(curve_of(content).slit_width, curve.slit_width);
  EXPECT_EQ(curve_of(content).dq, curve.dq);
  EXPECT_TRUE(content.items[0].notes.empty());
}

TEST(CanSasXml, ConvertsTheUnitOfASlitAndLeavesOneOutThatIsBroken) {
  const TestFolder folder;
  const auto file = [](const std::string& slit) {
    return "<SASroot version='1.0'><SASentry><SASdata><Idata><Q unit='1/nm'>1</Q>"
           "<I unit='1/cm'>1</I>" +
           slit + "</Idata></SASdata></SASentry></SASroot>";
  };
  const FileContent content = read_text(folder, file("<dQl unit='1/nm'>0.5</dQl>"));
  EXPECT_DOUBLE_EQ(curve_of(content).slit_length[0], 0.05);
  EXPECT_DOUBLE_EQ(curve_of(content).slit_width[0], 0);
  EXPECT_EQ(curve_of(read_text(folder, file("<dQl unit='1/A'>0</dQl>"))).slit_length.size(), 0);
  const FileContent broken = read_text(folder, file("<dQl unit='1/A'>-1</dQl>"));
  EXPECT_EQ(curve_of(broken).slit_length.size(), 0);
  EXPECT_EQ(broken.items[0].notes.at(0), "the slit is negative or not finite: left out");
  const FileContent bare = read_text(folder, file("<dQl>0.5</dQl>"));  // in the unit of Q
  EXPECT_DOUBLE_EQ(curve_of(bare).slit_length[0], 0.05);
  EXPECT_TRUE(bare.items[0].notes.empty());
  const FileContent strange =
      read_text(folder, file("<dQl unit='none'>0.5</dQl><dQw unit='1/nm'>0.1</dQw>"));
  EXPECT_EQ(curve_of(strange).slit_length.size(), 0);
  EXPECT_EQ(curve_of(strange).slit_width.size(), 0);
  EXPECT_EQ(strange.items[0].notes.at(0), "dQl in \"none\", no inverse length: left out");
}

std::string idata(const char* q, const char* q_unit, const char* i, const char* i_unit) {
  return std::string("<Idata><Q unit='") + q_unit + "'>" + q + "</Q><I unit='" + i_unit + "'>" + i +
         "</I></Idata>";
}

TEST(CanSasXml, ConvertsTheUnitOfEachValue) {
  const TestFolder folder;
  const FileContent content = read_text(
      folder,
      "<?xml version='1.0'?><c:SASroot xmlns:c='urn:cansas1d:1.1' version='1.1'>"
      "<c:SASentry><c:SASdata>" +
          std::string("<c:Idata><c:Q unit='1/nm'>1</c:Q><c:I unit='1/m'>100</c:I></c:Idata>"
                      "<c:Idata><c:Q unit='1/A'>0.2</c:Q><c:I unit='1/cm'>2</c:I>"
                      "</c:Idata></c:SASdata></c:SASentry></c:SASroot>"));
  EXPECT_DOUBLE_EQ(curve_of(content).q[0], 0.1);
  EXPECT_DOUBLE_EQ(curve_of(content).intensity[0], 1);
  EXPECT_DOUBLE_EQ(curve_of(content).q[1], 0.2);
  EXPECT_DOUBLE_EQ(curve_of(content).intensity[1], 2);
  EXPECT_EQ(curve_of(content).sigma.size(), 0);
}

TEST(CanSasXml, ReadsEveryEntryAndSaysWhatItLeavesOut) {
  const TestFolder folder;
  const std::string entry = "<SASentry><Title>t</Title><SASdata>" +
                            idata("0.1", "1/A", "1", "1/cm") + idata("0.2", "1/A", "nan", "1/cm") +
                            "</SASdata></SASentry>";
  const FileContent content =
      read_text(folder, "<SASroot version='1.0'>" + entry + entry + "</SASroot>");
  ASSERT_EQ(content.items.size(), 2U);
  EXPECT_EQ(curve_of(content).q.size(), 1);
  ASSERT_EQ(content.items[0].notes.size(), 1U);
  EXPECT_EQ(content.items[0].notes[0], "1 point not finite: left out");
}

TEST(CanSasXml, RefusesWhatIsMalformed) {
  const TestFolder folder;
  EXPECT_NE(refusal(folder, "<?xml version='1.0'?><SASroot><SASentry>").find("whole XML"),
            std::string::npos);
  EXPECT_NE(refusal(folder, "<?xml version='1.0'?><html/>").find("element html"),
            std::string::npos);
  EXPECT_NE(refusal(folder, "<SASroot></SASroot>").find("SASdata"), std::string::npos);
  const std::string start = "<SASroot><SASentry><SASdata>";
  const std::string end = "</SASdata></SASentry></SASroot>";
  EXPECT_NE(refusal(folder, start + idata("0.1", "furlong", "1", "1/cm") + end).find("furlong"),
            std::string::npos);
  EXPECT_NE(refusal(folder, start + idata("much", "1/A", "1", "1/cm") + end).find("much"),
            std::string::npos);
  EXPECT_NE(refusal(folder, start + "<Idata><Q>1</Q></Idata>" + end).find("row 1"),
            std::string::npos);
}

TEST(Csv, GivesBackACurveBitForBitWithEverySetOfColumns) {
  const TestFolder folder;
  for (const bool has_sigma : {true, false}) {
    for (const bool has_dq : {true, false}) {
      Curve curve = test_curve();
      if (!has_sigma) {
        curve.sigma.resize(0);
      }
      if (!has_dq) {
        curve.dq.resize(0);
      }
      write_csv(folder.file("a.csv"), curve);
      const FileContent content = read_measurement(folder.file("a.csv"));
      EXPECT_EQ(curve_of(content).q, curve.q);
      EXPECT_EQ(curve_of(content).intensity, curve.intensity);
      EXPECT_EQ(curve_of(content).sigma, curve.sigma);
      EXPECT_EQ(curve_of(content).dq, curve.dq);
      EXPECT_EQ(curve_of(content).intensity_unit, "1/cm");
      EXPECT_TRUE(content.items[0].notes.empty());
    }
  }
}

TEST(Csv, GivesBackASlitBitForBit) {
  const TestFolder folder;
  Curve curve = slit_curve();
  for (const bool has_dq : {true, false}) {
    if (!has_dq) curve.dq.resize(0);
    write_csv(folder.file("a.csv"), curve);
    const FileContent content = read_measurement(folder.file("a.csv"));
    EXPECT_EQ(curve_of(content).slit_length, curve.slit_length);
    EXPECT_EQ(curve_of(content).slit_width, curve.slit_width);
    EXPECT_EQ(curve_of(content).dq, curve.dq);
  }
}

// NIST's programs write the length of an ultra-small-angle instrument's slit as -sigma_q.
TEST(Columns, TakeNistsNegativeResolutionAsASlit) {
  const TestFolder folder;
  std::string text = "The 6 columns are | Q (1/A) | I(Q) (1/cm) | ...\n";
  for (int i = 1; i <= 6; ++i) {
    text += "0.00" + std::to_string(i) + " 10 0.5 -0.117 0.001 1\n";
  }
  const FileContent content = read_text(folder, text);
  EXPECT_EQ(content.format, "NIST ABS");
  EXPECT_EQ(curve_of(content).dq.size(), 0);
  EXPECT_EQ(curve_of(content).slit_length, Eigen::VectorXd::Constant(6, 0.117));
  EXPECT_EQ(curve_of(content).slit_width, Eigen::VectorXd::Zero(6));
}

TEST(Columns, ReadsTwoThreeAndFourAndSixWithAnySeparatorAndLineEnd) {
  const TestFolder folder;
  for (const char* separator : {" ", "\t", ",", " ; ", "   "}) {
    for (const char* line_end : {"\n", "\r\n", "\r"}) {
      for (const int columns : {2, 3, 4, 6}) {
        std::string text = "a header of words";
        text += line_end;
        for (int i = 1; i <= 6; ++i) {
          for (int c = 0; c < columns; ++c) {
            const double value[] = {0.01 * i, 10.0 / i, 0.5, 0.001 * i, 0.01 * i, 1};
            text += (c > 0 ? separator : "") + std::to_string(value[c]);
          }
          text += line_end;
        }
        const FileContent content = read_text(folder, text);
        const Curve& curve = curve_of(content);
        ASSERT_EQ(curve.q.size(), 6);
        EXPECT_DOUBLE_EQ(curve.q[5], 0.06);
        EXPECT_DOUBLE_EQ(curve.intensity[0], 10);
        EXPECT_EQ(curve.sigma.size(), columns > 2 ? 6 : 0);
        EXPECT_EQ(curve.dq.size(), columns > 3 ? 6 : 0);
      }
    }
  }
}

TEST(Columns, FollowsTheirNames) {
  const TestFolder folder;
  const FileContent content = read_text(folder,
                                        "# made by hand\nerror, I(q) [1/cm], Q (1/nm), extra, dq\n"
                                        "0.5, 10, 1, 9, 0.1\n0.4, 8, 2, 9, 0.1\n");
  const Curve& curve = curve_of(content);
  EXPECT_DOUBLE_EQ(curve.q[0], 0.1);
  EXPECT_DOUBLE_EQ(curve.intensity[0], 10);
  EXPECT_DOUBLE_EQ(curve.sigma[1], 0.4);
  EXPECT_DOUBLE_EQ(curve.dq[1], 0.01);
  EXPECT_EQ(curve.intensity_unit, "1/cm");
}

TEST(Columns, LeavesOutPointsThatAreNotFiniteAndSortsQ) {
  const TestFolder folder;
  const FileContent content =
      read_text(folder,
                "0.3 3 1\n0.1 1 1\n0.2 nan 1\n0.4 -1.#IND 1\n0.5 0 0\n0.6 6 inf\n0.7 7 1\n"
                "-0.1 1 1\n0.8 8 1\n0.9 9 1\n1.0 1 1\n");
  const Curve& curve = curve_of(content);
  ASSERT_EQ(curve.q.size(), 6);
  EXPECT_EQ(curve.q[0], 0.1);
  EXPECT_EQ(curve.intensity[1], 3);
  std::string notes;
  for (const std::string& note : content.items[0].notes) {
    notes += note + "\n";
  }
  EXPECT_NE(notes.find("3 points not finite"), std::string::npos) << notes;
  EXPECT_NE(notes.find("1 point with negative q"), std::string::npos) << notes;
  EXPECT_NE(notes.find("1 point with intensity and uncertainty 0"), std::string::npos) << notes;
  EXPECT_NE(notes.find("out of order"), std::string::npos) << notes;
}

TEST(Columns, TakesUncertaintiesThatSayNothingAsNotKnown) {
  const TestFolder folder;
  const FileContent content =
      read_text(folder, "1 1 0 99\n2 1 0 99\n3 1 0 99\n4 1 0 99\n5 1 0 99\n");
  EXPECT_EQ(curve_of(content).sigma.size(), 0);
  EXPECT_EQ(curve_of(content).dq.size(), 0);
  EXPECT_EQ(content.items[0].notes.size(), 3U);  // sigma, dq, and the unit of q
}

TEST(Columns, RefusesTablesThatAreNoCurveOrDamaged) {
  const TestFolder folder;
  const std::string rows = "1 1 1\n2 2 2\n3 3 3\n4 4 4\n5 5 5\n6 6 6\n";
  const std::pair<std::string, const char*> cases[] = {
      {"1 2\n3 4\n", "2 rows without names"},
      {"1 2 3 4 5\n1 2 3 4 5\n", "5 columns"},
      {"1\n2\n3\n4\n5\n6\n", "single column"},
      {"Dear reader,\nnothing here.\n", "Dear reader"},
      {rows + "7 7\n", "\"7 7\" in line 7"},                    // cut in the last row
      {rows + "7 x 7\n8 8 8\n9 9 9\n", "\"7 x 7\" in line 7"},  // damaged in the middle
      {"1 nan\n2 nan\n3 nan\n4 nan\n5 nan\n", "none among 5 points"},
      {"-1 1\n-2 1\n3 1\n4 1\n5 1\n", "2 negative values among 5"}};
  for (const auto& [text, words] : cases) {
    const std::string message = refusal(folder, text);
    EXPECT_NE(message.find(words), std::string::npos) << message;
  }
}

TEST(Nist2d, GivesBackAnImageWithoutItsMaskedPixels) {
  const TestFolder folder;
  QImage image;
  image.qx = Eigen::VectorXd::LinSpaced(6, -0.1, 0.1);
  image.qy = Eigen::VectorXd::Constant(6, 1.0 / 30);
  image.intensity = Eigen::VectorXd::LinSpaced(6, 1, 2);
  image.sigma = image.intensity / 10;
  image.masked = {false, false, true, false, false, false};
  write_nist_2d(folder.file("a.dat"), image);
  const FileContent content = read_measurement(folder.file("a.dat"));
  EXPECT_EQ(content.format, "NIST/SasView 2-D ASCII");
  const auto& read = std::get<QImage>(content.items.at(0).measurement);
  ASSERT_EQ(read.qx.size(), 5);
  EXPECT_EQ(read.qx[2], image.qx[3]);
  EXPECT_EQ(read.intensity[4], image.intensity[5]);
  EXPECT_EQ(read.sigma[0], image.sigma[0]);
}

TEST(Nist2d, FindsTheErrorsByNameAndMasksTheShadow) {
  const TestFolder folder;
  const FileContent content =
      read_text(folder,
                "LABEL: silica\nData columns are Qx - Qy - I(Qx,Qy) - Qz - err(I) - "
                "fSubS(beam stop shadow)\n\nASCII data created\n\n"
                "0.1 0.2 5 0 0.5 1\n0.2 0.2 6 0 0.6 0\n0.3 0.2 0 0 1e6 1\n0.4 0.2 0 0 0 1\n");
  const auto& image = std::get<QImage>(content.items.at(0).measurement);
  EXPECT_EQ(content.items[0].name, "silica");
  EXPECT_EQ(image.sigma[0], 0.5);
  EXPECT_EQ(image.masked, (std::vector<bool>{false, true, true, true}));
}

TEST(Isis2d, ReadsEdgesMatrixAndErrors) {
  const TestFolder folder;
  const std::string head =
      " LOQ\n  6 q (Angstrom^-1)\n  6 q (Angstrom^-1)\n  0 I(q) (cm-1)\n  1\n title\n  3\n"
      " -1 0 1\n  2\n -2 2\n   2   1  2.0\n  3(8E12.4)\n";
  const FileContent content = read_text(folder, head + " 5 nan(ind)\n 0.5 0.25\n");
  EXPECT_EQ(content.format, "ISIS 2-D ASCII");
  const auto& image = std::get<QImage>(content.items.at(0).measurement);
  EXPECT_EQ(image.qx[0], -0.5);
  EXPECT_EQ(image.qx[1], 0.5);
  EXPECT_EQ(image.qy[1], 0);
  EXPECT_EQ(image.intensity[0], 10);
  EXPECT_EQ(image.sigma[0], 1);
  EXPECT_EQ(image.masked, (std::vector<bool>{false, true}));
  EXPECT_NE(refusal(folder, head + " 5 6\n 0.5\n").find("2 numbers of errors"), std::string::npos);
}

TEST(Danse, PlacesPixelsByTheirScatteringAngle) {
  const TestFolder folder;
  const std::string head =
      "FORMATVERSION:2\nWAVELENGTH:7.5\nDISTANCE:2\nCENTER_X:1\nCENTER_Y:1\nPIXELSIZE:5.0\n"
      "SIZE_X:2\nSIZE_Y:3\nDATA:\n";
  const FileContent content = read_text(folder, head + "1 1\n2 1\n3 1\n4 1\n5 1\n6 1\n");
  const auto& image = std::get<QImage>(content.items.at(0).measurement);
  EXPECT_EQ(image.qx[0], 0);
  const double angle = std::atan2(0.005, 2.0);
  EXPECT_NEAR(image.qx[1], 4 * M_PI / 7.5 * std::sin(angle / 2), 1e-15);
  EXPECT_NEAR(image.qy[2], image.qx[1], 1e-15);
  EXPECT_EQ(image.intensity[5], 6);
  EXPECT_NE(refusal(folder, head + "1 1\n2 1\n3 1\n4 1\n5 1\n").find("2 x 3 rows"),
            std::string::npos);
}

TEST(Pdh, ConvertsFromInverseNanometresAndCountsItsRows) {
  const TestFolder folder;
  const std::string head =
      "title\nSAXS BOX\n 2 0 0 0 0 0 0 0\n 0 261.2 0 1 0.1542\n 30 5.6 0 0 0\n";
  const FileContent content =
      read_text(folder, head + " 0.5 10 1\n 1.0 5 1\n<fileinfo>\n</fileinfo>\n");
  EXPECT_EQ(content.format, "Anton Paar PDH");
  EXPECT_DOUBLE_EQ(curve_of(content).q[1], 0.1);
  EXPECT_NE(refusal(folder, head + " 0.5 10 1\n").find("2 rows"), std::string::npos);
}

TEST(WriteCurves, RefuseWhatIsNotFinite) {
  const TestFolder folder;
  Curve curve = test_curve();
  curve.q[2] = std::numeric_limits<double>::infinity();
  EXPECT_THROW(write_csv(folder.file("a"), curve), std::invalid_argument);
  EXPECT_THROW(write_cansas_xml(folder.file("a"), curve), std::invalid_argument);
}

}  // namespace
}  // namespace foray::files::curve_file_test
