#include "base/proto_json/rfc3339.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace vk::base {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_days;

constexpr sys_days kFirstDay = std::chrono::year(0) / 1 / 1;
constexpr sys_days kLastDay = std::chrono::year(9999) / 12 / 31;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes fixed-width pieces off the front of a text; after the first that does not fit, `ok` stays
// false.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  int Number(std::size_t width, int max) {
    int number = 0;
    ok_ = ok_ && rest_.size() >= width && std::ranges::all_of(rest_.substr(0, width), IsDigit);
    if (!ok_) return 0;
    for (const char digit : rest_.substr(0, width)) number = 10 * number + (digit - '0');
    rest_.remove_prefix(width);
    ok_ = number <= max;
    return number;
  }

  bool Accept(std::string_view any_of) {
    if (!ok_ || rest_.empty() || any_of.find(rest_.front()) == any_of.npos) return false;
    taken_ = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }

  void Expect(std::string_view any_of) { ok_ = Accept(any_of); }

  std::int32_t Fraction() {
    const auto* end = std::ranges::find_if_not(rest_, IsDigit);
    const auto width = static_cast<std::size_t>(end - rest_.begin());
    ok_ = ok_ && width > 0;
    std::string digits(rest_.substr(0, std::min<std::size_t>(width, 9)));
    digits.resize(9, '0');
    rest_.remove_prefix(width);
    std::int32_t nanos = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), nanos);
    return nanos;
  }

  char taken() const { return taken_; }
  bool done() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
  char taken_ = '\0';
};

}  // namespace

std::optional<std::string> FormatRfc3339(UnixTime time, int digits) {
  if (seconds(time.seconds) < kFirstDay.time_since_epoch() ||
      seconds(time.seconds) >= (kLastDay + days(1)).time_since_epoch()) {
    return std::nullopt;
  }
  const std::chrono::sys_seconds moment{seconds(time.seconds)};
  const auto day = std::chrono::floor<days>(moment);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(moment - day);
  std::string text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (digits > 0) {
    const std::string nanos = fmt::format("{:09}", std::clamp(time.nanos, 0, 999'999'999));
    text += "." + nanos.substr(0, static_cast<std::size_t>(digits));
  }
  return text + "Z";
}

std::optional<UnixTime> ParseRfc3339(std::string_view text) {
  Scanner in(text);
  const int year = in.Number(4, 9999);
  in.Expect("-");
  const int month = in.Number(2, 12);
  in.Expect("-");
  const int day = in.Number(2, 31);
  in.Expect("Tt ");
  const int hour = in.Number(2, 23);
  in.Expect(":");
  const int minute = in.Number(2, 59);
  in.Expect(":");
  const int second = in.Number(2, 60);
  const std::int32_t nanos = in.Accept(".") ? in.Fraction() : 0;
  int offset = 0;
  in.Expect("Zz+-");
  if (in.taken() == '+' || in.taken() == '-') {
    const int sign = in.taken() == '-' ? -1 : 1;
    const int hours = in.Number(2, 23);
    in.Expect(":");
    offset = sign * (hours * 60 + in.Number(2, 59)) * 60;
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!in.done() || !date.ok()) return std::nullopt;
  const seconds since_epoch = sys_days(date).time_since_epoch();
  return UnixTime{since_epoch.count() + hour * 3600 + minute * 60 + second - offset, nanos};
}

}  // namespace vk::base
