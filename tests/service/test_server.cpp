// The service with campaigns in memory, for clients in other languages. Prints its address and
// tokens, and ends when its standard input does.
#include <iostream>
#include <string>

#include "foray/service/service.h"
#include "service/memory_host.h"

int main() {
  using namespace foray;
  test::MemoryHost host;
  service::ServiceOptions options;
  options.tokens = service::make_tokens();
  options.transport.max_outgoing_bytes = 2'000'000;
  options.transport.close_timeout = std::chrono::milliseconds(200);
  service::Service service(host, options);
  service.start();
  std::cout << "url " << service.url() << "\n";
  std::cout << "invitation " << service.invitation(service::Role::kOperator) << "\n";
  for (const auto& [role, token] : options.tokens)
    std::cout << service::role_name(role) << " " << token << "\n";
  std::cout << "ready" << std::endl;
  std::string line;
  while (std::getline(std::cin, line)) {
  }
}
