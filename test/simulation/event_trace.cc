#include "test/simulation/event_trace.h"

#include <fmt/format.h>

namespace vk::simulation {

void EventTrace::Hash(std::string_view text) { hash_ = base::Fnv1a(text, hash_); }

void EventTrace::NoteDetail(std::string_view what, std::string_view content) {
  Hash(fmt::format("{} {} {}:", timeline_.now().time_since_epoch().count(), what, content.size()));
  Hash(content);
}

void EventTrace::Note(std::string line) {
  const double seconds =
      std::chrono::duration<double>(timeline_.now() - base::TimePoint()).count() - 3600;
  line = fmt::format("{:9.4f} {}", seconds, line);
  Hash(line);
  if (line.find("cloud call Describe") != std::string::npos ||
      line.find("cannot read the state") != std::string::npos)
    return;
  lines_.push_back(std::move(line));
  if (lines_.size() > kept_) lines_.pop_front();
}

std::string EventTrace::Text() const {
  std::string text;
  for (const std::string& line : lines_) text += line + '\n';
  return text;
}

void TraceLog::Write(base::LogLevel, std::string_view message,
                     std::initializer_list<Field> fields) {
  std::string line = process_ + ": " + std::string(message);
  base::AppendFields(fields, &line);
  trace_.Note(std::move(line));
}

}  // namespace vk::simulation
