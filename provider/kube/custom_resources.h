#pragma once

#include "provider/kube/kube_api.h"

namespace google::protobuf {
class Message;
}

namespace vk::kube {

// Kinds that a cluster has only when somebody defined them (helm/ack-virtual-node/crds). The API
// server serves them as JSON alone; KubeApi hands them over as protobuf bytes like all others, of a
// message whose numbers are ours. While the definition is missing lists and watches answer
// kNotFound. They are patched by kMerge: the server knows no merge keys of theirs.
inline constexpr Resource kImageCaches{"eci.alibabacloud.com", "v1", "imagecaches", "ImageCache",
                                       false};

// An empty message of such a kind; null for the kinds that travel as protobuf.
const google::protobuf::Message* MessageOfJsonKind(const Resource& resource);

}  // namespace vk::kube
