#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/fake_eci/engine/parameter_checks.h"
#include "tools/fake_eci/engine/private_zone/zones.h"
#include "tools/fake_eci/engine/text.h"

// What the listings of zones and of records have in common.
namespace vk::fake {

// A keyword, which is part of the text (LIKE) or all of it (EXACT); none matches all. Case does not
// count.
inline bool MatchesKeyword(std::string_view keyword, std::string_view mode, std::string_view text) {
  if (keyword.empty()) return true;
  const std::string wanted = LowerCase(keyword);
  const std::string lower = LowerCase(text);
  return mode == "LIKE" ? lower.contains(wanted) : lower == wanted;
}

// Checks the parameters of a page. Errors: InvalidParameter.
template <class Request>
base::Status CheckPage(const Request& request) {
  VK_CHECK_OK(CheckRange("PageNumber", request.has_page_number(), request.page_number(), 1, 1e9));
  VK_CHECK_OK(CheckRange("PageSize", request.has_page_size(), request.page_size(), 1, 100));
  return CheckOneOf("SearchMode", true, request.search_mode(), "LIKE EXACT");
}

// Takes the page that was asked for out of all items, and tells in the reply which it is.
template <class Item, class Request, class Reply>
std::vector<Item> TakePage(const std::vector<Item>& items, const Request& request, Reply* reply) {
  constexpr int kPageSize = 20;
  const std::int64_t number = request.has_page_number() ? request.page_number() : 1;
  const std::int64_t size = request.has_page_size() ? request.page_size() : kPageSize;
  const auto total = static_cast<std::int64_t>(items.size());
  reply->set_page_number(static_cast<std::int32_t>(number));
  reply->set_page_size(static_cast<std::int32_t>(size));
  reply->set_total_items(static_cast<std::int32_t>(total));
  reply->set_total_pages(static_cast<std::int32_t>((total + size - 1) / size));
  const std::int64_t first = std::min((number - 1) * size, total);
  return {items.begin() + first, items.begin() + std::min(first + size, total)};
}

// Creation and last change, as PrivateZone tells times: to the minute, and in milliseconds.
template <class View>
void FillTimes(base::WallTime created, base::WallTime updated, View* view) {
  const auto text = [](base::WallTime time) { return TimeText(time).substr(0, 16) + "Z"; };
  view->set_create_time(text(created));
  view->set_create_timestamp(UnixMilliseconds(created));
  view->set_update_time(text(updated));
  view->set_update_timestamp(UnixMilliseconds(updated));
}

}  // namespace vk::fake
