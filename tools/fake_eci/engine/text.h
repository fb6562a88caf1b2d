#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"

namespace vk::fake {

// "2018-08-02T15:00:00Z"
[[nodiscard]] std::string TimeText(base::WallTime time);
[[nodiscard]] std::optional<base::WallTime> ParseTime(std::string_view text);

// As messages carry times.
[[nodiscard]] std::int64_t UnixMilliseconds(base::WallTime time);
[[nodiscard]] base::WallTime FromUnixMilliseconds(std::int64_t milliseconds);

// An upper-case UUID, as every answer has one.
[[nodiscard]] std::string DrawRequestId(base::Random& random);

// `<prefix>-<region's code><16 random characters>`, such as "eci-bp1d2k…" in cn-hangzhou.
[[nodiscard]] std::string DrawResourceId(std::string_view prefix, std::string_view region,
                                         base::Random& random);

// Parts of a comma separated list, without empty ones.
[[nodiscard]] std::vector<std::string> SplitCommas(std::string_view list);

// A parameter that is a JSON array of text, such as ContainerGroupIds. Errors: InvalidParameter
// naming `parameter`.
[[nodiscard]] base::Result<std::vector<std::string>> ParseTextArray(std::string_view parameter,
                                                                    std::string_view json);

// Where a page ends: the sequence number of its last item, in the form of a UUID. nullopt for what
// PageToken did not make.
[[nodiscard]] std::string PageToken(std::uint64_t last);
[[nodiscard]] std::optional<std::uint64_t> ParsePageToken(std::string_view token);

}  // namespace vk::fake
