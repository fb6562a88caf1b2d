#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace vk::base {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// One line of what happened: a message in lower case that never varies, and what it is about as
// fields, so that lines can be searched by either. Nothing secret may be passed; SecretString does
// not convert.
class Log {
 public:
  using Field = std::pair<std::string_view, std::string>;

  virtual ~Log() = default;

  // Thread-safe. Never blocks on a slow reader for long and never fails.
  virtual void Write(LogLevel level, std::string_view message,
                     std::initializer_list<Field> fields) = 0;

  void Debug(std::string_view message, std::initializer_list<Field> fields = {}) {
    Write(LogLevel::kDebug, message, fields);
  }
  void Info(std::string_view message, std::initializer_list<Field> fields = {}) {
    Write(LogLevel::kInfo, message, fields);
  }
  void Warn(std::string_view message, std::initializer_list<Field> fields = {}) {
    Write(LogLevel::kWarning, message, fields);
  }
  void Error(std::string_view message, std::initializer_list<Field> fields = {}) {
    Write(LogLevel::kError, message, fields);
  }
};

// Lines of logfmt on standard error: time, level, message, fields (values quoted where they need
// it).
std::unique_ptr<Log> MakeStderrLog(LogLevel least);

// Reads "debug", "info", "warning" or "error"; false when `text` is none of them.
bool ParseLogLevel(std::string_view text, LogLevel* level);

// Appends ` key=value` for each field as MakeStderrLog prints it.
void AppendFields(std::initializer_list<Log::Field> fields, std::string* line);

}  // namespace vk::base
