// A reply of an API server or of a proxy before it: as an error, as an object and as a patch.

#include <cstdint>
#include <string_view>

#include "proto/kubernetes/core/v1/pod.pb.h"
#include "provider/kube/custom_resources.h"
#include "provider/kube/envelope.h"
#include "provider/kube/merge_patch.h"
#include "provider/kube/object_bytes.h"
#include "provider/kube/object_codec.h"
#include "provider/kube/status_error.h"
#include "test/fuzz/fuzz_check.h"

namespace vk::kube {
namespace {

void Run(std::string_view bytes) {
  const base::Error error = ErrorFromReply(422, {}, bytes);
  VK_FUZZ_CHECK(error.code == base::ErrorCode::kInvalidArgument && !error.message.empty());
  if (const auto envelope = Unwrap(bytes)) {
    const auto again = Unwrap(Wrap(*envelope));
    VK_FUZZ_CHECK(again && again->object == envelope->object && again->kind == envelope->kind);
    (void)IdentityOf(envelope->object);
  }
  (void)DecodeObject(kImageCaches, bytes);
  (void)DecodeList(kImageCaches, bytes);
  k8s::io::api::core::v1::Pod pod;
  pod.mutable_status()->add_conditions()->set_type("Ready");
  (void)ApplyMergePatch(PatchType::kStrategicMerge, bytes, &pod);
}

}  // namespace
}  // namespace vk::kube

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vk::kube::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
