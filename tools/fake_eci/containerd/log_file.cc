#include "tools/fake_eci/containerd/log_file.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "tools/fake_eci/engine/text.h"

namespace vk::fake {
namespace {

constexpr std::streamoff kMostBytes = 4 << 20;

// Takes what stands before the next space off the front.
std::string_view TakeWord(std::string_view* text) {
  const std::size_t space = std::min(text->find(' '), text->size());
  const std::string_view word = text->substr(0, space);
  text->remove_prefix(std::min(space + 1, text->size()));
  return word;
}

}  // namespace

std::vector<LogLine> ParseLog(std::string_view text) {
  std::vector<LogLine> lines;
  bool partial = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto at = ParseTime(TakeWord(&line));
    const std::string_view stream = TakeWord(&line);
    const std::string_view tag = TakeWord(&line);
    if (!at || (stream != "stdout" && stream != "stderr")) continue;
    if (partial) {
      lines.back().text += line;
    } else {
      lines.push_back({*at, std::string(line)});
    }
    partial = tag == "P";
  }
  return lines;
}

std::vector<LogLine> ReadLogFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const auto size = static_cast<std::streamoff>(file.tellg());
  file.seekg(std::max<std::streamoff>(0, size - kMostBytes));
  return ParseLog(std::string(std::istreambuf_iterator<char>(file), {}));
}

}  // namespace vk::fake
