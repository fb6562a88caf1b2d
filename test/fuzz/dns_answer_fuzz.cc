// A packet for the name server: whatever it is, the answer is one, and not longer than it may be.

#include <cstdint>
#include <string_view>

#include "test/fuzz/fuzz_check.h"
#include "test/tools/fake_eci/dns/some_zones.h"
#include "tools/fake_eci/dns/answer.h"

namespace vk::fake {
namespace {

constexpr std::size_t kHeaderBytes = 12;

void Run(std::string_view packet) {
  static const Zones zones = SomeZones();
  for (const auto& [transport, most] :
       {std::pair(DnsTransport::kUdp, 1232u), {DnsTransport::kTcp, 0xffffu}}) {
    const auto answer = AnswerDns(zones, packet, transport);
    if (!answer) continue;
    VK_FUZZ_CHECK(answer->size() >= kHeaderBytes && answer->size() <= most);
    VK_FUZZ_CHECK(answer->substr(0, 2) == packet.substr(0, 2));
    VK_FUZZ_CHECK(!AnswerDns(zones, *answer, transport));
  }
}

}  // namespace
}  // namespace vk::fake

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vk::fake::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
