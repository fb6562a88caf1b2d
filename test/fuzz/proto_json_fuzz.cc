// A reply of the cloud or of an API server: whatever is read must be written and read again to the
// same text.

#include <cstdint>
#include <string_view>

#include "base/proto_json/proto_json.h"
#include "proto/eci/v1/container_group_view.pb.h"
#include "test/base/proto_json/sample.pb.h"
#include "test/fuzz/fuzz_check.h"

namespace vk::base {
namespace {

template <class Message>
void ReadTwice(std::string_view text, JsonNames names) {
  Message first;
  if (!FromJson(text, names, &first)) return;
  const auto once = ToJson(first, names);
  // A time may lie outside the years that text can hold, by its offset.
  if (!once) return;
  Message second;
  const auto stats = FromJson(*once, names, &second);
  VK_FUZZ_CHECK(stats.has_value() && stats->unknown_members == 0);
  VK_FUZZ_CHECK(ToJson(second, names).value() == *once);
}

void Run(std::string_view text) {
  ReadTwice<eci::v1::DescribeContainerGroupsResponse>(text, JsonNames::kEci);
  ReadTwice<eci::v1::DescribeContainerGroupStatusResponse>(text, JsonNames::kEci);
  ReadTwice<test::Pod>(text, JsonNames::kKubernetes);
  ReadTwice<test::PodList>(text, JsonNames::kKubernetes);
}

}  // namespace
}  // namespace vk::base

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vk::base::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
