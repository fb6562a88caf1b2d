#pragma once

#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace vk::docs {

// The tables of a page under docs/: cells by the name in backticks that a row begins with.
using Rows = std::map<std::string, std::vector<std::string>>;

// Rows of the section "## HEADING", or of the whole page for an empty heading. A name that stands
// twice fails the test that reads it.
Rows ReadRows(const std::string& path, const std::string& heading);

std::string ReadText(const std::string& path);

// First groups of every match in the sources (.cc, .h) of these folders, folders named testing left
// out.
std::set<std::string> FindInSources(const std::vector<std::string>& folders,
                                    const std::regex& pattern);

std::set<std::string> Names(const Rows& rows);

}  // namespace vk::docs
