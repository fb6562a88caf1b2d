#include "provider/kubelet_api/log_window.h"

#include <algorithm>
#include <functional>

namespace vk::kubelet {
namespace {

// How much later than a younger line an older one may reach the log.
constexpr std::int64_t kOverlapSeconds = 2;

LogLine ParseLine(std::string_view raw) {
  LogLine line{.raw = raw, .text = raw, .time = {}};
  const std::size_t space = std::min(raw.find(' '), raw.size());
  line.time = base::ParseRfc3339(raw.substr(0, space));
  if (line.time) line.text = raw.substr(std::min(space + 1, raw.size()));
  return line;
}

}  // namespace

LogAnswer ParseLogAnswer(std::string_view content) {
  LogAnswer answer;
  answer.cut_by_bytes = content.size() >= static_cast<std::size_t>(kMaxLogBytes);
  while (!content.empty()) {
    const std::size_t end = content.find('\n');
    if (end == std::string_view::npos && answer.cut_by_bytes) break;
    answer.lines.push_back(ParseLine(content.substr(0, end)));
    content.remove_prefix(end == std::string_view::npos ? content.size() : end + 1);
  }
  answer.cut_by_lines = answer.lines.size() >= static_cast<std::size_t>(kMaxLogLines);
  return answer;
}

std::vector<LogWindow::Seen> LogWindow::Digest(const LogAnswer& answer) const {
  std::vector<Seen> digest;
  digest.reserve(answer.lines.size());
  std::int64_t second = start_.value_or(0);
  for (const LogLine& line : answer.lines) {
    if (line.time) second = line.time->seconds;
    digest.push_back({second, std::hash<std::string_view>()(line.raw)});
  }
  return digest;
}

LogWindow::News LogWindow::Compare(const LogAnswer& answer) const {
  const std::vector<Seen> digest = Digest(answer);
  // The longest stretch that ends what was seen, or that the whole answer lies within.
  for (auto from = seen_.begin(); from != seen_.end(); ++from) {
    const auto length = std::min(static_cast<std::size_t>(seen_.end() - from), digest.size());
    if (length == 0) break;
    const auto until = from + static_cast<std::ptrdiff_t>(length);
    if (std::equal(from, until, digest.begin(),
                   [](const Seen& a, const Seen& b) { return a.hash == b.hash; }))
      return {.first = length, .gap = false, .foreign = false};
  }
  if (seen_.empty()) return {};
  return {.first = 0, .gap = true, .foreign = !answer.cut_by_lines && !answer.cut_by_bytes};
}

LogWindow::Progress LogWindow::Accept(const LogAnswer& answer, std::size_t first) {
  const std::vector<Seen> digest = Digest(answer);
  const bool nothing_new = first >= digest.size();
  seen_.insert(seen_.end(),
               digest.begin() + static_cast<std::ptrdiff_t>(std::min(first, digest.size())),
               digest.end());
  Progress progress{.more = answer.cut_by_bytes, .gap = false};
  if (digest.empty()) return {};
  std::int64_t next =
      std::max_element(seen_.begin(), seen_.end(),
                       [](const Seen& a, const Seen& b) { return a.second < b.second; })
          ->second -
      kOverlapSeconds;
  if (answer.cut_by_bytes && nothing_new) {
    // The same bytes would come again: give the overlap up, then the rest of a second.
    next = std::max(digest.back().second, start_.value_or(next) + 1);
    progress.gap = next > digest.back().second;
  }
  start_ = std::max(start_.value_or(next), next);
  std::erase_if(seen_, [&](const Seen& line) { return line.second < *start_; });
  while (seen_.size() > static_cast<std::size_t>(kMaxLogLines)) seen_.pop_front();
  return progress;
}

}  // namespace vk::kubelet
