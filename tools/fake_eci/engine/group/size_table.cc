#include "tools/fake_eci/engine/group/size_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "tools/fake_eci/engine/cloud_error.h"

namespace vk::fake {
namespace {

struct Row {
  double cpu;
  std::vector<double> memory;
};

std::vector<double> EvenNumbers(int first, int last) {
  std::vector<double> numbers;
  for (int n = first; n <= last; n += 2) numbers.push_back(n);
  return numbers;
}

const std::vector<Row>& CommonSizes() {
  static const std::vector<Row> rows = {
      {0.25, {0.5, 1}},         {0.5, {1, 2}},           {1, {2, 4, 8}},
      {2, {1, 2, 4, 8, 16}},    {4, {2, 4, 8, 16, 32}},  {8, {4, 8, 16, 32, 64}},
      {12, {12, 24, 48, 96}},   {16, {16, 32, 64, 128}}, {24, {24, 48, 96, 192}},
      {32, {32, 64, 128, 256}}, {52, {96, 192, 384}},    {64, {128, 256, 512}},
  };
  return rows;
}

const std::vector<Row>& ExtraSizes() {
  static const std::vector<Row> rows = [] {
    std::vector<double> for_eight = {10, 12, 14};
    for (const double memory : EvenNumbers(18, 30)) for_eight.push_back(memory);
    for (const double memory : EvenNumbers(34, 62)) for_eight.push_back(memory);
    return std::vector<Row>{{2, {6, 10, 12, 14}},
                            {4, {6, 10, 12, 14, 18, 20, 22, 24, 26, 28, 30}},
                            {6, EvenNumbers(6, 48)},
                            {8, for_eight}};
  }();
  return rows;
}

bool SellsExtraSizes(std::string_view region) {
  static constexpr std::array<std::string_view, 12> kRegions = {
      "cn-hangzhou",    "cn-shanghai",  "cn-qingdao",    "cn-beijing",
      "cn-zhangjiakou", "cn-huhehaote", "cn-wulanchabu", "cn-shenzhen",
      "cn-heyuan",      "cn-guangzhou", "cn-chengdu",    "ap-southeast-1"};
  return std::ranges::find(kRegions, region) != kRegions.end();
}

void FindBest(const std::vector<Row>& rows, Size wanted, std::optional<Size>* best) {
  for (const Row& row : rows) {
    if (row.cpu < wanted.cpu) continue;
    for (const double memory : row.memory) {
      const Size size{row.cpu, memory};
      if (memory >= wanted.memory && (!*best || size < **best)) *best = size;
    }
  }
}

// GiB per vCPU by the family's first letters.
std::optional<double> RatioOf(std::string_view family) {
  struct Family {
    std::string_view prefix;
    double ratio;
  };
  static constexpr std::array<Family, 11> kFamilies = {{{"hfc", 2},
                                                        {"hfg", 4},
                                                        {"hfr", 8},
                                                        {"gn", 4},
                                                        {"sn1", 2},
                                                        {"sn2", 4},
                                                        {"se1", 8},
                                                        {"c", 2},
                                                        {"g", 4},
                                                        {"r", 8},
                                                        {"u", 4}}};
  for (const Family& known : kFamilies) {
    if (family.starts_with(known.prefix)) return known.ratio;
  }
  return std::nullopt;
}

std::optional<double> CpusOf(std::string_view suffix) {
  if (suffix == "large") return 2;
  if (suffix == "xlarge") return 4;
  int factor = 0;
  const auto [end, error] = std::from_chars(suffix.data(), suffix.data() + suffix.size(), factor);
  const std::string_view rest(end, suffix.data() + suffix.size());
  if (error != std::errc() || rest != "xlarge" || factor < 1 || factor > 64) return std::nullopt;
  return 4.0 * factor;
}

}  // namespace

base::Result<Size> RoundUp(Size wanted, std::string_view region, bool spot) {
  std::optional<Size> best;
  FindBest(CommonSizes(), wanted, &best);
  if (!spot && SellsExtraSizes(region)) FindBest(ExtraSizes(), wanted, &best);
  if (best) return *best;
  return std::unexpected(
      CloudError("InvalidParameter.CPU.Memory",
                 fmt::format("{} vCPU and {} GiB are more than the largest size that is sold",
                             wanted.cpu, wanted.memory)));
}

base::Result<Size> SizeOfInstanceType(std::string_view type) {
  constexpr std::string_view kPrefix = "ecs.";
  const std::size_t dot = type.rfind('.');
  if (type.starts_with(kPrefix) && dot > kPrefix.size()) {
    const auto ratio = RatioOf(type.substr(kPrefix.size(), dot - kPrefix.size()));
    const auto cpus = CpusOf(type.substr(dot + 1));
    if (ratio && cpus) return Size{*cpus, *cpus * *ratio};
  }
  return std::unexpected(CloudError("InvalidInstanceTypeForEciBuy",
                                    "instance type " + std::string(type) + " is not sold"));
}

}  // namespace vk::fake
