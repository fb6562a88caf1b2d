#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "base/fnv.h"
#include "base/log.h"
#include "test/simulation/timeline.h"

namespace vk::simulation {

// The last things that happened, and a hash over everything that did, every call with its arguments
// and its answer included: two runs of one seed must agree in it.
class EventTrace {
 public:
  // Keeps the last `kept` lines.
  EventTrace(const Timeline& timeline, std::size_t kept) : timeline_(timeline), kept_(kept) {}

  void Note(std::string line);
  // Only hashed: too much and too long for people.
  void NoteDetail(std::string_view what, std::string_view content);
  // The last lines that matter (calls that only look are hashed, not kept), oldest first.
  std::string Text() const;
  std::uint64_t hash() const { return hash_; }

 private:
  void Hash(std::string_view text);

  const Timeline& timeline_;
  const std::size_t kept_;
  std::deque<std::string> lines_;
  std::uint64_t hash_ = base::kFnvBasis;
};

// A process's log, into the trace.
class TraceLog final : public base::Log {
 public:
  TraceLog(std::string process, EventTrace& trace) : process_(std::move(process)), trace_(trace) {}
  void Write(base::LogLevel level, std::string_view message,
             std::initializer_list<Field> fields) override;

 private:
  const std::string process_;
  EventTrace& trace_;
};

}  // namespace vk::simulation
