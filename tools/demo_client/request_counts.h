#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace vk::demo {

// Requests by kind, such as "PATCH pods/status".
using RequestCounts = std::map<std::string, std::uint64_t>;

// Reads the API server's metrics. The server counts requests by FlowSchema, so whoever wants to
// know the kinds of one user's requests makes a schema for each, named request.VERB.RESOURCE or
// request.VERB.RESOURCE.SUBRESOURCE; the user's remaining requests fall to the schema `rest` and
// are called "other". Kinds that never came are left out.
RequestCounts ReadRequestCounts(std::string_view metrics, std::string_view rest);

// What came after `before`.
RequestCounts Since(const RequestCounts& before, RequestCounts now);

}  // namespace vk::demo
