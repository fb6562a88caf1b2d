#include "tools/fake_eci/engine/token_memory.h"

#include <functional>

#include "tools/fake_eci/engine/cloud_error.h"

namespace vk::fake {

base::Result<std::optional<std::string>> TokenMemory::Recall(std::string_view action,
                                                             std::string_view token,
                                                             std::string_view request,
                                                             base::TimePoint now) {
  const auto it = memories_.find({std::string(action), std::string(token)});
  if (it == memories_.end()) return std::nullopt;
  if (now - it->second.first_seen >= lifetime_) {
    memories_.erase(it);
    return std::nullopt;
  }
  if (it->second.request_hash != std::hash<std::string_view>()(request)) {
    return std::unexpected(CloudError("IdempotentParameterMismatch"));
  }
  return it->second.reply;
}

void TokenMemory::Keep(std::string_view action, std::string_view token, std::string_view request,
                       std::string reply, base::TimePoint now) {
  if (token.empty()) return;
  memories_.try_emplace({std::string(action), std::string(token)},
                        Memory{std::hash<std::string_view>()(request), std::move(reply), now});
}

}  // namespace vk::fake
