#include "foray/files/atomic_write.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "bytes.h"
#include "foray/files/file_error.h"

namespace foray::files {
namespace {

// Owns a file descriptor; close() reports, the destructor does not.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;

  [[nodiscard]] int number() const { return number_; }
  bool close() {
    const int result = ::close(number_);
    number_ = -1;
    return result == 0;
  }

 private:
  int number_;
};

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

[[noreturn]] void fail(const std::string& path, const std::string& expected, int error) {
  throw FileError(path, expected, std::generic_category().message(error));
}

void sync_folder(const std::string& path, const std::filesystem::path& folder) {
  Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some network file systems refuse to sync a folder (EINVAL); the rename is then all they offer.
  if (descriptor.number() < 0 || (::fsync(descriptor.number()) != 0 && errno != EINVAL)) {
    fail(path, "a folder that can be synced", errno);
  }
}

std::string temporary_name(const std::string& path) {
  static std::atomic<unsigned> counter{0};  // only makes names differ between threads
  return path + ".part-" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
}

}  // namespace

std::string write_atomically(const std::string& path, std::string_view bytes) {
  const std::string temporary = temporary_name(path);
  const std::string expected = "to write " + std::to_string(bytes.size()) + " bytes";
  Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (file.number() < 0) {
    fail(path, "a folder that can be written", errno);
  }
  const bool stored =
      write_all(file.number(), bytes) && ::fsync(file.number()) == 0 && file.close();
  if (!stored || ::rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    fail(path, expected, error);
  }
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  sync_folder(path, folder.empty() ? "." : folder);
  return sha256(bytes);
}

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, 32> digest{};
  unsigned int length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("sha256: OpenSSL could not compute the digest");
  }
  return hexadecimal(digest.data(), digest.size());
}

std::string sha256_of_file(const std::string& path) { return sha256(read_bytes(path)); }

}  // namespace foray::files
