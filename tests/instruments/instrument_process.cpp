// An instrument in a process of its own, for tests that kill it.
//
//   foray_instrument_process ADDRESS CAMPAIGN.json
//
// serves the simulated instrument of a campaign file (its latency, faults and log as the file says)
// at "unix:PATH", "tcp:127.0.0.1:PORT" or "stdio", and prints the address when it is ready.

#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "foray/codec/campaign_codec.h"
#include "foray/instruments/factory.h"
#include "foray/instruments/instrument_server.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: foray_instrument_process ADDRESS CAMPAIGN.json\n";
    return 2;
  }
  try {
    std::ifstream stream(argv[2]);
    const std::string text{std::istreambuf_iterator<char>(stream),
                           std::istreambuf_iterator<char>()};
    const auto instrument = foray::instruments::make_instrument(foray::codec::read_campaign(text));
    foray::instruments::InstrumentServerOptions options;
    options.address = argv[1];
    options.on_ready = [](const std::string& address) { std::cout << address << std::endl; };
    foray::instruments::serve_instrument(*instrument, options);
  } catch (const std::exception& error) {
    std::cerr << "foray_instrument_process: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
