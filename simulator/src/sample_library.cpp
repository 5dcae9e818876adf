#include "foray/simulator/sample_library.h"

#include <sstream>
#include <stdexcept>

#include "phase.h"

namespace foray::simulator {

std::vector<std::string> sample_library_names() { return {"film_library", "diblock_wedge"}; }

std::unique_ptr<SampleLibrary> make_sample_library(const std::string& name, std::uint64_t seed) {
  if (name == "film_library") return make_film_library(seed);
  if (name == "diblock_wedge") return make_wedge_library(seed);
  std::ostringstream message;
  message << "make_sample_library: expected one of";
  for (const std::string& known : sample_library_names()) message << ' ' << known;
  message << ", got " << name;
  throw std::invalid_argument(message.str());
}

}  // namespace foray::simulator
