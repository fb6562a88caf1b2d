#include "tools/fake_eci/exec/exec_tokens.h"

#include <algorithm>
#include <utility>

namespace vk::fake {

void ExecTokens::Offer(HostCommand command, base::TimePoint now) {
  DropOld(now);
  offered_.push_back({std::move(command), now + kValidity});
}

base::Result<HostCommand> ExecTokens::Take(std::string_view token, base::TimePoint now) {
  DropOld(now);
  const auto found = std::ranges::find(offered_, token, [](const Offered& offered) {
    return std::string_view(offered.command.token);
  });
  if (found == offered_.end()) {
    return std::unexpected(
        base::Error(base::ErrorCode::kNotFound,
                    "the token is unknown, was used, or is over 30 s old; ask for another one"));
  }
  HostCommand command = std::move(found->command);
  offered_.erase(found);
  return command;
}

void ExecTokens::DropOld(base::TimePoint now) {
  while (!offered_.empty() && offered_.front().until <= now) offered_.pop_front();
}

}  // namespace vk::fake
