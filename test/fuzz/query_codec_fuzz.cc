// A request as the fake receives it: whatever decodes must flatten to parameters that decode to the
// same message.

#include <google/protobuf/util/message_differencer.h>

#include <cstdint>
#include <string_view>

#include "eci_client/percent_encoding.h"
#include "eci_client/query_codec.h"
#include "proto/eci/v1/container_group.pb.h"
#include "proto/eci/v1/data_cache.pb.h"
#include "test/fuzz/fuzz_check.h"

namespace vk::eci {
namespace {

template <class Request>
QueryPairs Again(const QueryPairs& flat) {
  Request request;
  VK_FUZZ_CHECK(Unflatten(flat, &request).has_value());
  return Flatten(request);
}

template <class Request>
void DecodeTwice(const QueryPairs& pairs) {
  Request request;
  if (!Unflatten(pairs, &request)) return;
  const QueryPairs flat = Flatten(request);
  // An item whose parameters are all unknown leaves a hole, which closes.
  const QueryPairs closed = Again<Request>(flat);
  VK_FUZZ_CHECK(closed.size() == flat.size());
  VK_FUZZ_CHECK(Again<Request>(closed) == closed);
}

void Run(std::string_view text) {
  const auto pairs = ParseQuery(text);
  if (!pairs) return;
  VK_FUZZ_CHECK(ParseQuery(FormatQuery(*pairs)).value() == *pairs);
  DecodeTwice<v1::CreateContainerGroupRequest>(*pairs);
  DecodeTwice<v1::CreateDataCacheRequest>(*pairs);
}

}  // namespace
}  // namespace vk::eci

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vk::eci::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
