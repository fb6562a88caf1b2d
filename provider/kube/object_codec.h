#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "provider/kube/kube_api.h"
#include "provider/kube/watch_decoder.h"

namespace vk::kube {

// How the objects of a kind travel between their protobuf bytes and HTTP bodies: in envelopes of
// protobuf, or, when the API server knows the kind by a definition alone, as JSON. Pure.

std::string_view ContentTypeOf(const Resource& resource);

// Errors: kInternal for bytes that are no such object.
base::Result<std::string> EncodeObject(const Resource& resource, std::string_view subresource,
                                       std::string object);

// Errors: kInternal for a body that is no such object.
base::Result<std::string> DecodeObject(const Resource& resource, std::string_view body);

// An item that cannot be read is there as no bytes at all. Errors: kInternal.
base::Result<ListPage> DecodeList(const Resource& resource, std::string_view body);

std::unique_ptr<WatchDecoder> MakeWatchDecoder(const Resource& resource);

}  // namespace vk::kube
