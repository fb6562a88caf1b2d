#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "provider/kube/kube_api.h"

namespace google::protobuf {
class Message;
}

namespace vk::kube {

// The strategic-merge patch that turns `before` into `after`, two objects of one kind; empty when
// they do not differ. What only the server knows of is left alone. It names metadata.uid, so that
// an object made anew under the same name refuses it (MayBeGone).
//
// Removed fields are null. Lists with a merge key are patched item by item, with
// {"$patch":"delete"} for items that went; lists of strings that merge as sets by
// $deleteFromPrimitiveList; where the key is not unique (a node's addresses, or a key twice in one
// list) the list is sent whole with {"$patch":"replace"}; all other lists are sent whole. A zero
// scalar is absent unless its field is a pointer; a zero time, and an empty message that `after`
// lacks, are no difference, since Go writes structs by value. Quantities differ as text: write them
// as the server does ("1", not "1000m").
// Source: Kubernetes documentation, "Update API Objects in Place Using kubectl patch", and
// sig-api-machinery/strategic-merge-patch.md in kubernetes/community.
// Errors: kInvalidArgument for what JSON cannot hold. REQUIRES: both of one type.
base::Result<std::string> MakeMergePatch(const google::protobuf::Message& before,
                                         const google::protobuf::Message& after);

// Applies a patch as the API server does, for the in-memory one of the tests: `kStrategicMerge` by
// the lists' merge keys, `kMerge` by RFC 7396. Members that the message has no field for are
// dropped. Errors: kInvalidArgument (not JSON, a list item without its key, a value of a wrong
// type); `object` is then unchanged.
base::Status ApplyMergePatch(PatchType type, std::string_view patch,
                             google::protobuf::Message* object);

}  // namespace vk::kube
