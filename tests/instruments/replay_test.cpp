#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include <cmath>
#include <string>

#include "foray/instruments/replay_source.h"
#include "foray/instruments/table.h"
#include "helpers.h"

namespace foray::instruments::replay_test {
namespace {

using codec::ReplayMethod;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

SourceRequest at(double x, double y) { return {1, {"x", "y"}, point({x, y}), 1, 1, true}; }

const scattering::NamedValue& only(const SourceReading& reading) {
  return std::get<scattering::Values>(reading.measurement).at(0);
}

template <typename Call>
std::string refusal(const Call& call) {
  try {
    call();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "(accepted)";
}

TEST(CsvTable, ReadsSeparatorsQuotesCommentsAndNan) {
  const TemporaryFolder folder;
  const Table commas = read_csv_table(
      folder.write("a.csv", "# made by hand\nx, \"a,b\",f\r\n1,+2.5,nan\n\n-1e-3, 4 ,5\n"));
  EXPECT_THAT(commas.names, ElementsAre("x", "a,b", "f"));
  EXPECT_EQ(commas.numbers.at("a,b"), point({2.5, 4}));
  EXPECT_TRUE(std::isnan(commas.numbers.at("f")[0]));
  const Table blanks = read_csv_table(folder.write("b.txt", "x   y\n1 2\n 3\t4\n"));
  EXPECT_EQ(blanks.numbers.at("y"), point({2, 4}));
  const Table files = read_csv_table(folder.write("c.tsv", "x\tfile\n1\ta b.tif\n"), {"file"});
  EXPECT_THAT(files.texts.at("file"), ElementsAre("a b.tif"));
}

TEST(CsvTable, LeavesOutTheMarkThatSpreadsheetsWriteFirst) {
  const TemporaryFolder folder;
  const Table table = read_csv_table(folder.write("a.csv", "\xEF\xBB\xBFx,y\n1,2\n"));
  EXPECT_EQ(table.names, (std::vector<std::string>{"x", "y"}));
}

TEST(CsvTable, NamesTheLineAndTheColumnOfWhatIsWrong) {
  const TemporaryFolder folder;
  const auto message = [&](const std::string& text) {
    return refusal([&] { read_csv_table(folder.write("t.csv", text)); });
  };
  EXPECT_THAT(message("x,f\n1,2\n3,abc\n"),
              HasSubstr("t.csv:3: column 2 (f): expected a number, got \"abc\""));
  EXPECT_THAT(message("x,f\n1,2,3\n"),
              HasSubstr("t.csv:2: expected 2 fields as in the header, got 3"));
  EXPECT_THAT(message("x,x\n1,2\n"), HasSubstr("expected each name once"));
  EXPECT_THAT(message("x,,f\n"), HasSubstr("column 2: expected a name"));
  EXPECT_THAT(message("x,f\n"), HasSubstr("the header only"));
  EXPECT_THAT(message(""), HasSubstr("got nothing"));
  EXPECT_THAT(message("x,f\n1,\n"), HasSubstr("expected a number, got \"\""));
  EXPECT_THAT(refusal([] { read_table("table.xlsx", "/"); }),
              HasSubstr("got the extension \".xlsx\""));
  EXPECT_THAT(refusal([] { read_table("none.csv", "/"); }), HasSubstr("could not open"));
}

// A plane on an irregular set of points, with a variance column.
std::string plane_table() {
  std::string text = "x,y,f,f_variance\n";
  for (int i = 0; i < 30; ++i) {
    const double x = std::fmod(i * 0.618, 1.0) * 10;
    const double y = std::fmod(i * 0.414, 1.0) * 4;
    text += std::to_string(x) + "," + std::to_string(y) + "," +
            std::to_string(2 + 3 * std::stod(std::to_string(x)) - std::stod(std::to_string(y))) +
            ",0.25\n";
  }
  return text;
}

TEST(ReplaySource, NearestAnswersWithTheRowAndItsPosition) {
  const TemporaryFolder folder;
  folder.write("t.csv", "x,y,f,f_variance\n0,0,1,0.5\n10,0,2,0.25\n0,1,3,0.125\n");
  const auto source = make_replay_source({.file = "t.csv"}, {"x", "y"}, folder.path(), {});
  // Scaled to the columns' ranges (10 and 1), the second row is the nearest.
  const SourceReading reading = source->read(at(7, 0.1));
  EXPECT_EQ(only(reading).value, 2);
  EXPECT_EQ(only(reading).variance, 0.25);
  EXPECT_EQ(reading.position, point({10, 0}));
}

TEST(ReplaySource, LocalLinearReproducesAPlane) {
  const TemporaryFolder folder;
  folder.write("t.csv", plane_table());
  const auto source =
      make_replay_source({.file = "t.csv", .method = ReplayMethod::kLocalLinear, .neighbours = 9},
                         {"x", "y"}, folder.path(), {});
  for (const double x : {1.0, 4.7, 8.2}) {
    const SourceReading reading = source->read(at(x, 2));
    EXPECT_NEAR(only(reading).value, 2 + 3 * x - 2, 1e-4);  // the table has six decimals
    EXPECT_EQ(reading.position.size(), 0);
  }
}

TEST(ReplaySource, InverseDistanceIsExactAtARowAndAMeanOfItsNeighboursElsewhere) {
  const TemporaryFolder folder;
  folder.write("t.csv", "x,y,f,f_variance\n0,0,1,0.5\n1,0,3,0.5\n0,1,100,1\n1,1,100,1\n");
  const auto source = make_replay_source(
      {.file = "t.csv", .method = ReplayMethod::kInverseDistance, .neighbours = 2}, {"x", "y"},
      folder.path(), {});
  EXPECT_EQ(only(source->read(at(1, 0))).value, 3);
  // Midway weights are a half each: mean 2, variance 0.25 (0.5 + 0.5).
  const SourceReading middle = source->read(at(0.5, 0));
  EXPECT_DOUBLE_EQ(only(middle).value, 2);
  EXPECT_DOUBLE_EQ(only(middle).variance, 0.25);
  // Distances 1/4 and 3/4: weights 9/10 and 1/10.
  EXPECT_DOUBLE_EQ(only(source->read(at(0.25, 0))).value, 0.9 * 1 + 0.1 * 3);
}

TEST(ReplaySource, ReadsFramesThroughTheReaderFromTheTablesFolder) {
  const TemporaryFolder folder;
  folder.write("t.csv", "x,y,phase,file\n0,0,none,a.tif\n1,1,a ring,b.tif\n");
  std::filesystem::path asked;
  const auto source = make_replay_source({.file = "t.csv", .frames = "file"}, {"x", "y"},
                                         folder.path(), [&](const std::filesystem::path& path) {
                                           asked = path;
                                           return scattering::Values{{"f", 1, 0}};
                                         });
  (void)source->read(at(0.9, 0.8));
  EXPECT_EQ(asked, folder.path() / "b.tif");
}

TEST(ReplaySource, SaysWhatTheTableLacks) {
  const TemporaryFolder folder;
  folder.write("t.csv", "x,f,v\n0,1,-1\n1,2,1\n");
  const auto message = [&](const codec::ReplayInstrumentSpec& spec,
                           const std::vector<std::string>& parameters) {
    return refusal([&] { make_replay_source(spec, parameters, folder.path(), {}); });
  };
  EXPECT_THAT(message({.file = "t.csv"}, {"x", "y"}),
              HasSubstr("expected a column y of numbers, found x, f, v"));
  EXPECT_THAT(message({.file = "t.csv", .values = {{"g", "g"}}}, {"x"}),
              HasSubstr("expected a column g"));
  EXPECT_THAT(message({.file = "t.csv", .values = {{"f", "f"}}, .variances = {{"f", "v"}}}, {"x"}),
              HasSubstr("expected variances >= 0, found -1"));
  EXPECT_THAT(message({.file = "t.csv", .frames = "f"}, {"x"}), HasSubstr("reader of frame files"));
}

void write_dataset(hid_t group, const char* name, const std::vector<double>& values) {
  const hsize_t length = values.size();
  const hid_t space = H5Screate_simple(1, &length, nullptr);
  const hid_t dataset =
      H5Dcreate2(group, name, H5T_NATIVE_FLOAT, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  H5Dclose(dataset);
  H5Sclose(space);
}

TEST(Hdf5Table, ReadsTheColumnsOfAGroupAndRefusesWhatDoesNotFit) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "t.h5").string();
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t group = H5Gcreate2(file, "/scan", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  write_dataset(group, "x", {0, 1, 2});
  write_dataset(group, "f", {5, 6, 7});
  const hid_t uneven = H5Gcreate2(file, "/uneven", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  write_dataset(uneven, "x", {0, 1, 2});
  write_dataset(uneven, "f", {5, 6});
  H5Gclose(uneven);
  H5Gclose(group);
  H5Fclose(file);
  const Table table = read_table(path, "/scan");
  EXPECT_THAT(table.names, ElementsAre("f", "x"));
  EXPECT_EQ(table.numbers.at("f"), point({5, 6, 7}));
  EXPECT_THAT(refusal([&] { read_table(path, "/uneven"); }),
              HasSubstr("/uneven/x: expected 2 rows as in f, found 3"));
  EXPECT_THAT(refusal([&] { read_table(path, "/none"); }), HasSubstr("expected the group /none"));
  EXPECT_THAT(refusal([&] { read_table(path, "/"); }), HasSubstr("found none"));
  folder.write("not.h5", "text");
  EXPECT_THAT(refusal([&] { read_table(folder.path() / "not.h5", "/"); }),
              HasSubstr("expected a readable HDF5 file"));
}

}  // namespace
}  // namespace foray::instruments::replay_test
