#pragma once

#include <Eigen/Core>
#include <memory>
#include <string>

namespace foray::classifier {

/// A network of somebody else's that turns a picture into numbers: TorchScript, as
/// `torch.jit.script(model).save(...)` or `torch.jit.trace` writes it.
///
/// It is given 8 x channels x side x side floats, an image in its four turns and their mirror
/// images with every channel the same, mean 0 and variance 1 over the image; it returns 8 x F
/// numbers, or 8 x F x height x width, which are averaged over the picture. The mean over the eight
/// is what is told: quarter turns and mirrors do not matter. C++17 reads this header too.
class ImageEncoder {
 public:
  /// How a network wants its pictures.
  struct Options {
    int side = 224;    ///< pixels, 16 to 1024.
    int channels = 3;  ///< 1 to 16.
  };

  /// Loads a network and tries it on an uneven picture, on one of nothing, and on the first again.
  /// @throws std::runtime_error naming the file, when it is no TorchScript, does not take such
  ///         pictures, does not return such numbers, or does not return the same again or
  ///         changes itself, or when the program has no LibTorch.
  /// @throws std::invalid_argument on an option out of its range.
  ImageEncoder(const std::string& file, const Options& options);

  /// The same from the bytes of a file; `place` names them in messages.
  ImageEncoder(const std::string& bytes, const std::string& place, const Options& options);
  ~ImageEncoder();
  ImageEncoder(const ImageEncoder&) = delete;
  ImageEncoder& operator=(const ImageEncoder&) = delete;

  /// How many numbers it tells of a picture.
  [[nodiscard]] Eigen::Index features() const;

  /// What it tells of an image, on one thread; may be called concurrently.
  ///
  /// @param image  any shape; mean 0 and variance 1, 0 where nothing is known. Its middle square is
  ///               brought to side x side pixels by areas or, where it is smaller, by lines.
  /// @throws std::runtime_error when the network fails or a number is not finite.
  [[nodiscard]] Eigen::VectorXf encode(const Eigen::Ref<const Eigen::ArrayXXf>& image) const;

 private:
  class Impl;
  std::unique_ptr<const Impl> impl_;
};

}  // namespace foray::classifier
