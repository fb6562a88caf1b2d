#include "base/proto_json/json_text.h"

#include <fmt/format.h>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <cmath>
#include <iterator>

#include "base/proto_json/number_text.h"
#include "base/proto_json/utf8.h"

namespace vk::base {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxDepth = 64;

// What basic_parser reports to. Builds the value as json::parser does, but takes floating point
// numbers from their text: Boost 1.81 computes them with an error in the last place.
struct ValueHandler {
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();
  using Code = json::error_code;
  using Text = json::string_view;

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code&) { return true; }
  bool on_array_begin(Code&) { return true; }
  bool on_object_end(std::size_t size, Code&) { return stack.push_object(size), true; }
  bool on_array_end(std::size_t size, Code&) { return stack.push_array(size), true; }
  bool on_key_part(Text part, std::size_t, Code&) { return stack.push_chars(part), true; }
  bool on_key(Text part, std::size_t, Code&) { return stack.push_key(part), true; }
  bool on_string_part(Text part, std::size_t, Code&) { return stack.push_chars(part), true; }
  bool on_string(Text part, std::size_t, Code&) { return stack.push_string(part), true; }
  bool on_number_part(Text, Code&) { return true; }
  bool on_int64(std::int64_t number, Text, Code&) { return stack.push_int64(number), true; }
  bool on_uint64(std::uint64_t number, Text, Code&) { return stack.push_uint64(number), true; }
  bool on_bool(bool value, Code&) { return stack.push_bool(value), true; }
  bool on_null(Code&) { return stack.push_null(), true; }
  bool on_comment_part(Text, Code&) { return true; }
  bool on_comment(Text, Code&) { return true; }

  bool on_double(double estimate, Text text, Code& code) {
    double number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    // Too small for a double is as good as zero; too large is not a number anybody meant.
    const bool too_small = std::fabs(estimate) < 1;
    if (parsed.ec != std::errc() && !too_small) code = json::error::exponent_overflow;
    return !code && (stack.push_double(number), true);
  }

  json::value_stack stack;
};

void AppendString(std::string_view text, std::string& out) {
  out.push_back('"');
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text.front());
    const std::size_t length = Utf8SequenceLength(text);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
    } else if (byte == '"' || byte == '\\') {
      out.push_back('\\');
      out.push_back(text.front());
    } else if (byte == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out.push_back('"');
}

void AppendValue(const json::value& value, std::string& out);

void AppendObject(const json::object& object, std::string& out) {
  char separator = '{';
  for (const auto& [key, member] : object) {
    out.push_back(separator);
    AppendString(key, out);
    out.push_back(':');
    AppendValue(member, out);
    separator = ',';
  }
  if (object.empty()) out.push_back('{');
  out.push_back('}');
}

void AppendArray(const json::array& array, std::string& out) {
  char separator = '[';
  for (const json::value& item : array) {
    out.push_back(separator);
    AppendValue(item, out);
    separator = ',';
  }
  if (array.empty()) out.push_back('[');
  out.push_back(']');
}

void AppendValue(const json::value& value, std::string& out) {
  switch (value.kind()) {
    case json::kind::null:
      out += "null";
      break;
    case json::kind::bool_:
      out += value.get_bool() ? "true" : "false";
      break;
    case json::kind::int64:
      fmt::format_to(std::back_inserter(out), "{}", value.get_int64());
      break;
    case json::kind::uint64:
      fmt::format_to(std::back_inserter(out), "{}", value.get_uint64());
      break;
    case json::kind::double_:
      out += NumberText(value.get_double());
      break;
    case json::kind::string:
      AppendString(value.get_string(), out);
      break;
    case json::kind::array:
      AppendArray(value.get_array(), out);
      break;
    case json::kind::object:
      AppendObject(value.get_object(), out);
      break;
  }
}

}  // namespace

Result<json::value> ParseJson(std::string_view text, json::storage_ptr storage) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::basic_parser<ValueHandler> parser(options);
  parser.handler().stack.reset(std::move(storage));
  json::error_code code;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), code);
  if (!code && used < text.size()) code = json::error::extra_data;
  if (code) {
    return std::unexpected(
        Error(ErrorCode::kInvalidArgument,
              fmt::format("parse JSON: {} at byte {} of {}", code.message(), used, text.size())));
  }
  return parser.handler().stack.release();
}

std::string FormatJson(const json::value& value) {
  std::string out;
  AppendValue(value, out);
  return out;
}

}  // namespace vk::base
