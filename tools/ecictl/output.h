#pragma once

#include <string>
#include <vector>

namespace vk::ecictl {

// Lines of a table, padded so that columns align; the first is the heading.
std::string Table(const std::vector<std::vector<std::string>>& rows);

}  // namespace vk::ecictl
