#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace vk::base {
namespace {

spdlog::level::level_enum SpdLevel(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

bool NeedsQuotes(std::string_view value) {
  if (value.empty()) return true;
  for (const char c : value) {
    if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f) return true;
  }
  return false;
}

void AppendQuoted(std::string_view value, std::string* line) {
  line->push_back('"');
  for (const char c : value) {
    if (c == '\n') {
      *line += "\\n";
    } else if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) {
      line->push_back(' ');
    } else {
      if (c == '"' || c == '\\') line->push_back('\\');
      line->push_back(c);
    }
  }
  line->push_back('"');
}

class StderrLog final : public Log {
 public:
  explicit StderrLog(LogLevel least)
      : logger_("virtual-node", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger_.set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    logger_.set_level(SpdLevel(least));
    logger_.flush_on(spdlog::level::debug);
  }

  void Write(LogLevel level, std::string_view message,
             std::initializer_list<Field> fields) override {
    if (!logger_.should_log(SpdLevel(level))) return;
    std::string line(message);
    AppendFields(fields, &line);
    logger_.log(SpdLevel(level), line);
  }

 private:
  spdlog::logger logger_;
};

}  // namespace

void AppendFields(std::initializer_list<Log::Field> fields, std::string* line) {
  for (const auto& [key, value] : fields) {
    line->push_back(' ');
    *line += key;
    line->push_back('=');
    if (NeedsQuotes(value)) {
      AppendQuoted(value, line);
    } else {
      *line += value;
    }
  }
}

std::unique_ptr<Log> MakeStderrLog(LogLevel least) { return std::make_unique<StderrLog>(least); }

bool ParseLogLevel(std::string_view text, LogLevel* level) {
  static constexpr std::pair<std::string_view, LogLevel> kLevels[] = {
      {"debug", LogLevel::kDebug},
      {"info", LogLevel::kInfo},
      {"warning", LogLevel::kWarning},
      {"error", LogLevel::kError}};
  for (const auto& [name, value] : kLevels) {
    if (name == text) {
      *level = value;
      return true;
    }
  }
  return false;
}

}  // namespace vk::base
