#pragma once

#include <cstddef>

#include "base/result.h"
#include "eci_client/percent_encoding.h"

namespace google::protobuf {
class Message;
}

namespace vk::eci {

// Flattens a request as the official SDKs do: lists as Name.N from 1, objects with a dot, maps by
// their keys, booleans as true and false, numbers in shortest form. What is set is sent, empty or
// not. In the order of the fields, maps in the order of their keys.
[[nodiscard]] QueryPairs Flatten(const google::protobuf::Message& message);

struct UnflattenStats {
  std::size_t unknown_parameters = 0;  // Ignored, as the cloud does: OwnerId and the like.
};

// Replaces `message` by what `parameters` say, in whatever order they come. Holes in lists close in
// order. Of a map, both spellings are read: Options.url and Options.#3#url. A parameter may come
// twice with one value.
// Errors: kInvalidArgument with cloud code InvalidParameter, which name the parameter, for a value
// of another type, text that is not UTF-8, two values for one parameter, a list index that is no
// number from 1 to 10,000, and more than kMaxParameters parameters; `message` is then partly
// filled.
[[nodiscard]] base::Result<UnflattenStats> Unflatten(const QueryPairs& parameters,
                                                     google::protobuf::Message* message);

}  // namespace vk::eci
