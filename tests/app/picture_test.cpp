#include "picture.h"

#include <gtest/gtest.h>
#include <png.h>

namespace foray::app::picture_test {
namespace {

TEST(Base64, EncodesTheVectorsOfRfc4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

TEST(EncodePng, IsReadBackByLibpng) {
  Picture picture{2, 1, {{255, 0, 1}, {2, 3, 4}}};
  const std::string bytes = encode_png(picture);
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  ASSERT_TRUE(png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()));
  image.format = PNG_FORMAT_RGB;
  ASSERT_EQ(image.width, 2U);
  std::vector<Rgb> pixels(2);
  ASSERT_TRUE(png_image_finish_read(&image, nullptr, pixels.data(), 0, nullptr));
  EXPECT_EQ(pixels, picture.pixels);
}

TEST(EncodePng, RefusesAPixelCountThatDoesNotFit) {
  EXPECT_THROW(encode_png({2, 2, {{0, 0, 0}}}), std::invalid_argument);
}

TEST(PictureOf, ShowsMaskedPixelsGreyAndBinsDown) {
  scattering::Frame frame;
  frame.counts = scattering::Image::Constant(4, 6, 100.0);
  frame.mask = scattering::Mask::Zero(4, 6);
  frame.mask.block(0, 0, 2, 2).setConstant(scattering::kMaskGap);
  const Picture picture = picture_of(frame, 3);
  ASSERT_EQ(picture.width, 3);
  ASSERT_EQ(picture.height, 2);
  EXPECT_EQ(picture.pixels[0], (Rgb{128, 128, 128}));
  EXPECT_EQ(picture.pixels[1], heat_colour(1.0));
}

TEST(HeatColour, ClampsAndKeepsItsEnds) {
  EXPECT_EQ(heat_colour(-1), heat_colour(0));
  EXPECT_EQ(heat_colour(2), heat_colour(1));
  EXPECT_NE(heat_colour(0), heat_colour(1));
}

}  // namespace
}  // namespace foray::app::picture_test
