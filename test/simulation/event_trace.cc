#include "test/simulation/event_trace.h"

#include <fmt/format.h>

namespace vk::simulation {

void EventTrace::Note(std::string line) {
  const double seconds =
      std::chrono::duration<double>(timeline_.now() - base::TimePoint()).count() - 3600;
  line = fmt::format("{:9.4f} {}", seconds, line);
  for (const char c : line) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  if (line.find("cloud call Describe") != std::string::npos ||
      line.find("cannot read the state") != std::string::npos)
    return;
  lines_.push_back(std::move(line));
  if (lines_.size() > kKept) lines_.pop_front();
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
