#include "provider/translate/shell_script.h"

#include <algorithm>

namespace vk::translate {
namespace {

constexpr std::string_view kShells[] = {"bash", "sh"};
constexpr std::string_view kBlank = " \t\n;&|(";

bool IsShell(std::string_view program) {
  const std::string_view name = program.substr(program.rfind('/') + 1);
  return std::ranges::find(kShells, name) != std::end(kShells);
}

// Follows the shell's quoting, as far as that can be done by looking at one character after
// another.
class Quoting {
 public:
  // False where it cannot be followed any more.
  bool Take(std::string_view script, std::size_t at) {
    const char c = script[at];
    const char next = at + 1 < script.size() ? script[at + 1] : '\n';
    const char before = at > 0 ? script[at - 1] : '\n';
    if (state_ == State::kComment) {
      if (c == '\n') state_ = State::kPlain;
    } else if (state_ == State::kSingle) {
      if (c == '\'') state_ = State::kPlain;
    } else if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (state_ == State::kDouble) {
      if (c == '"') state_ = State::kPlain;
      return c != '`' && !(c == '$' && next == '(');
    } else if (c == '\'') {
      state_ = State::kSingle;
      return before != '$';
    } else if (c == '"') {
      state_ = State::kDouble;
    } else if (c == '#' && kBlank.find(before) != std::string_view::npos) {
      state_ = State::kComment;
    } else if (c == '<' && next == '<') {
      return false;
    }
    return true;
  }

  bool PutsIn() const { return !escaped_ && (state_ == State::kPlain || state_ == State::kDouble); }
  bool IsComment() const { return state_ == State::kComment; }

 private:
  enum class State { kPlain, kSingle, kDouble, kComment };
  State state_ = State::kPlain;
  bool escaped_ = false;
};

}  // namespace

int FindScript(const std::vector<std::string>& command, const std::vector<std::string>& args) {
  if (command.empty() || !IsShell(command[0])) return -1;
  std::vector<std::string> words = command;
  words.insert(words.end(), args.begin(), args.end());
  for (std::size_t i = 1; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (word.size() < 2 || word[0] != '-' || word[1] == '-') return -1;
    if (word.ends_with('c')) return static_cast<int>(i + 1);
    if (word.ends_with('o')) ++i;  // The name of an option, such as pipefail.
  }
  return -1;
}

std::optional<std::string> WithShellVariables(std::string_view script) {
  Quoting quoting;
  std::string out;
  for (std::size_t at = 0; at < script.size(); ++at) {
    if (script[at] != kShellVariable) {
      if (!quoting.Take(script, at)) return std::nullopt;
      out += script[at];
      continue;
    }
    const std::size_t end = script.find(kShellVariable, at + 1);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string name(script.substr(at + 1, end - at - 1));
    const bool sets_it = script.find(name + "=") != std::string_view::npos;
    if ((!quoting.PutsIn() && !quoting.IsComment()) || sets_it) return std::nullopt;
    out += "${" + name + "}";
    at = end;
  }
  return out;
}

std::string ShellExport(std::string_view name, std::string_view value) {
  std::string out = "export " + std::string(name) + "='";
  bool literal = true;
  for (const char c : value) {
    if (c == kShellVariable) {
      out += literal ? "'\"${" : "}\"'";
      literal = !literal;
    } else if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'; ";
}

}  // namespace vk::translate
