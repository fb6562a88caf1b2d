#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/proto_json/rfc3339.h"

namespace vk::kubelet {

// What one DescribeContainerLog can return at most.
inline constexpr int kMaxLogLines = 2000;
inline constexpr std::int64_t kMaxLogBytes = 1 << 20;

// A line of the cloud's answer with timestamps. Views the answer.
struct LogLine {
  std::string_view raw;                // Without the line break.
  std::string_view text;               // Without the timestamp.
  std::optional<base::UnixTime> time;  // None: the line does not begin with one.
};

struct LogAnswer {
  std::vector<LogLine> lines;
  bool cut_by_lines = false;  // Older lines may be missing in front.
  bool cut_by_bytes = false;  // What follows the last whole line is missing.
};

// Splits an answer into lines. One that was cut at the limit of bytes loses its broken last line,
// which the next answer brings whole; below it a missing last line break means nothing.
LogAnswer ParseLogAnswer(std::string_view content);

// Tells, of answers that overlap, which lines are new. The cloud has no position in a log to resume
// from, only times, which may be whole seconds; so each answer begins a little before where the
// last one ended, and what was seen of that stretch is found again as a block, in its order. Equal
// lines are no trouble: the block is compared as a whole and counted through. The stretch also
// catches lines that reach the log late, when stdout and stderr race.
//
// A line is never given twice. It can be missed only beyond what one answer holds: then
// `gap` says so.
class LogWindow {
 public:
  struct News {
    std::size_t first = 0;  // Index of the first new line of the answer.
    bool gap = false;       // Lines before it may be missing.
    bool foreign = false;   // Nothing seen is in it: another log, or a wrong answer.
  };

  // Seconds since 1970 from which on the next answer is wanted; nothing: from the beginning.
  std::optional<std::int64_t> start() const { return start_; }
  void set_start(std::int64_t seconds) { start_ = seconds; }

  // Which lines are new; changes nothing.
  News Compare(const LogAnswer& answer) const;

  struct Progress {
    bool more = false;  // The answer was cut: the next one can be had at once.
    bool gap = false;   // One second holds more than an answer; the rest of it is given up.
  };

  // From now on the answer's lines from `first` are seen too, and start() moves on.
  Progress Accept(const LogAnswer& answer, std::size_t first);

 private:
  struct Seen {
    std::int64_t second;
    std::size_t hash;
    bool operator==(const Seen&) const = default;
  };
  std::vector<Seen> Digest(const LogAnswer& answer) const;

  std::optional<std::int64_t> start_;
  std::deque<Seen> seen_;  // What an answer from start_ on begins with; at most kMaxLogLines.
};

}  // namespace vk::kubelet
