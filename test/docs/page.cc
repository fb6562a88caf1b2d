#include "test/docs/page.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace vk::docs {
namespace {

namespace fs = std::filesystem;

std::string Trim(const std::string& text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<std::string> Cells(const std::string& row) {
  std::vector<std::string> cells;
  std::istringstream parts(row.substr(1));
  for (std::string cell; std::getline(parts, cell, '|');) cells.push_back(Trim(cell));
  return cells;
}

bool IsSource(const fs::path& path) {
  for (const fs::path& part : path) {
    if (part == "testing") return false;
  }
  return path.extension() == ".cc" || path.extension() == ".h";
}

}  // namespace

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Rows ReadRows(const std::string& path, const std::string& heading) {
  Rows rows;
  std::string section;
  std::istringstream lines(ReadText(path));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("## ")) section = line.substr(3);
    if (!line.starts_with("| `") || (!heading.empty() && section != heading)) continue;
    std::vector<std::string> cells = Cells(line);
    const std::string name = cells[0].substr(1, cells[0].rfind('`') - 1);
    EXPECT_FALSE(rows.contains(name)) << path << " has two rows for " << name;
    rows[name] = std::move(cells);
  }
  EXPECT_FALSE(rows.empty()) << path << " has no table under \"" << heading << "\"";
  return rows;
}

std::set<std::string> FindInSources(const std::vector<std::string>& folders,
                                    const std::regex& pattern) {
  std::set<std::string> found;
  for (const std::string& folder : folders) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (!IsSource(entry.path())) continue;
      const std::string text = ReadText(entry.path().string());
      for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end;
           ++match) {
        found.insert((*match)[1].str());
      }
    }
  }
  return found;
}

std::set<std::string> Names(const Rows& rows) {
  std::set<std::string> names;
  for (const auto& [name, cells] : rows) names.insert(name);
  return names;
}

}  // namespace vk::docs
