// How often each label occurs in random frames, and how long a frame takes:
//   foray_random_table [INSTRUMENTS=200] [FRAMES_OF_EACH=4] [SEED=1]
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <map>
#include <string>

#include "foray/common/random.h"
#include "foray/simulator/frame_maker.h"
#include "foray/simulator/labels.h"
#include "foray/simulator/random_scene.h"

int main(int argc, char** argv) {
  const int instruments = argc > 1 ? std::atoi(argv[1]) : 200;
  const int frames = argc > 2 ? std::atoi(argv[2]) : 4;
  const std::uint64_t seed = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1;
  // Time of the processor, on one thread.
  const auto ms = [](std::clock_t time) {
    return 1e3 * static_cast<double>(time) / CLOCKS_PER_SEC;
  };
  std::map<std::string, int> count;
  double making = 0, slowest = 0, setting = 0;
  int total = 0;
  for (int i = 0; i < instruments; ++i) {
    foray::Rng rng(foray::derive_seed(seed, static_cast<std::uint64_t>(i)));
    foray::simulator::RandomSceneOptions options;
    options.max_pixels = 25000 * std::pow(5, static_cast<double>(i % 16) / 15);
    const auto begin = std::clock();
    const foray::simulator::FrameMaker maker(foray::simulator::random_beamline(rng, options));
    setting += ms(std::clock() - begin);
    for (int k = 0; k < frames; ++k) {
      const auto start = std::clock();
      const auto scene = foray::simulator::random_scene(rng, maker.beamline(), options);
      const auto frame = maker.make(scene, 1, seed, static_cast<std::uint64_t>(total++));
      const double took = ms(std::clock() - start);
      making += took;
      slowest = std::max(slowest, took);
      for (const std::string& path : frame.labels) ++count[path];
    }
  }
  fmt::print("{} frames of {} instruments: {:.1f} ms each (slowest {:.0f}), an instrument {:.1f}\n",
             total, instruments, making / total, slowest, setting / instruments);
  for (const std::string& path : foray::simulator::label_paths()) {
    // Of features as a share of their geometry's frames.
    const std::size_t slash = path.find('/');
    const int root = count[path.substr(0, slash)];
    const int of = slash == std::string::npos || root == 0 ? total : root;
    fmt::print("{:5} {:6.2f} %  {}\n", count[path], 100.0 * count[path] / of, path);
  }
  return 0;
}
