#pragma once

#include <ostream>
#include <string>
#include <utility>

namespace vk::base {

// Text that never reaches a log: it does not convert or compare, and prints as [secret]. Copies are
// plain copies; memory is not wiped.
class SecretString {
 public:
  SecretString() = default;
  explicit SecretString(std::string text) : text_(std::move(text)) {}

  // The text itself, for the one place that must send or sign it.
  const std::string& Reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

  friend std::ostream& operator<<(std::ostream& out, const SecretString&) {
    return out << "[secret]";
  }

 private:
  std::string text_;
};

}  // namespace vk::base
