#pragma once

#include <set>
#include <string>

#include "base/result.h"

namespace vk::base {

// Where a listing by pages goes on. A server that gives out a token twice would be asked for ever:
// that is an error instead.
class PageTokens {
 public:
  // Empty before the first page, and after the last.
  const std::string& next() const { return next_; }
  bool done() const { return next_.empty(); }

  // With what the page names as the next one; empty after the last. Errors: kInternal when it came
  // before.
  Status Advance(const std::string& next) {
    if (!next.empty() && !seen_.insert(next).second)
      return std::unexpected(Error(ErrorCode::kInternal, "list: a page token came twice"));
    next_ = next;
    return {};
  }

 private:
  std::set<std::string> seen_;
  std::string next_;
};

}  // namespace vk::base
