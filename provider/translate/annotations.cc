#include "provider/translate/annotations.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <map>
#include <string_view>

#include "base/result.h"
#include "provider/translate/annotation_names.h"
#include "provider/translate/quantity.h"

namespace vk::translate {
namespace {

constexpr int kLargestNumber = 1'000'000;  // Far beyond any price or number of hours.

enum class Reader { kText, kList, kFlag, kNumber, kAgent, kNode };

// Every annotation this node knows. `most`: entries of a list.
struct Known {
  std::string_view name;
  Reader reader;
  std::size_t most = 0;
};
constexpr Known kKnown[] = {
    {annotation::kAutoMatchImageCache, Reader::kFlag},
    {annotation::kAutoImageCache, Reader::kFlag},
    {annotation::kImageCache, Reader::kFlag},
    {annotation::kImageSnapshotId, Reader::kText},
    {annotation::kImageCacheId, Reader::kText},
    {annotation::kInstanceType, Reader::kList, 5},
    {annotation::kScheduleStrategy, Reader::kText},
    {annotation::kSecurityGroup, Reader::kList, 5},
    {annotation::kSpotDuration, Reader::kNumber},
    {annotation::kSpotPriceLimit, Reader::kNumber},
    {annotation::kSpotStrategy, Reader::kText},
    {annotation::kUseSpecs, Reader::kList, 5},
    {annotation::kVSwitch, Reader::kList, 10},
    {annotation::kInitBeforeSidecars, Reader::kFlag},
    // Read by the agent.
    {annotation::kFailStrategy, Reader::kAgent},
    {annotation::kFailOnCreateError, Reader::kAgent},
    // Written by the node, copied along by people.
    {annotation::kInstanceId, Reader::kNode},
    {annotation::kInstanceSpec, Reader::kNode},
    {annotation::kRequestId, Reader::kNode},
};

struct Allowed {
  std::string_view name;
  std::string_view values;  // Comma separated.
};
constexpr Allowed kAllowed[] = {
    {annotation::kScheduleStrategy, "VSwitchRandom,VSwitchOrdered"},
    {annotation::kSpotStrategy, "NoSpot,SpotAsPriceGo,SpotWithPriceLimit"},
};

std::string PathOf(std::string_view name) { return fmt::format("metadata.annotations[{}]", name); }

std::optional<double> ParseNumber(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) {
    return std::nullopt;
  }
  return number;
}

// What is wrong with a value, or nothing.
std::string Fault(const Known& known, const std::string& value) {
  if (known.reader == Reader::kFlag && value != "true" && value != "false") {
    return fmt::format("\"{}\" is neither \"true\" nor \"false\"", value);
  }
  if (known.reader == Reader::kNumber) {
    const auto number = ParseNumber(value);
    if (!number || *number < 0 || *number > kLargestNumber) {
      return fmt::format("\"{}\" is not a number of 0 to {}", value, kLargestNumber);
    }
  }
  if (known.reader == Reader::kList) {
    const std::size_t entries = SplitList(value).size();
    if (entries == 0) return "the list is empty";
    if (entries > known.most) {
      return fmt::format("{} entries, the cloud takes at most {}", entries, known.most);
    }
  }
  const auto* allowed = std::ranges::find(kAllowed, known.name, &Allowed::name);
  if (allowed != std::end(kAllowed)) {
    const std::vector<std::string> values = SplitList(allowed->values);
    if (std::ranges::find(values, value) == values.end()) {
      return fmt::format("\"{}\" is none of {}", value, fmt::join(values, ", "));
    }
  }
  return {};
}

// The pod's annotations that this node reads.
class Annotations {
 public:
  static Planned<Annotations> Read(const core::Pod& pod, std::vector<Notice>& notices) {
    const auto& all = pod.metadata().annotations();
    Annotations read;
    std::vector<std::string> unknown;
    for (const auto& [key, value] : std::map<std::string, std::string>(all.begin(), all.end())) {
      if (!key.starts_with(annotation::kPrefix)) continue;
      const auto* known = std::ranges::find(kKnown, key, &Known::name);
      if (known == std::end(kKnown)) {
        unknown.push_back(key);
        continue;
      }
      std::string fault = Fault(*known, value);
      if (!fault.empty()) return std::unexpected(Invalid(PathOf(key), fault));
      read.values_[key] = value;
    }
    if (!unknown.empty()) {
      notices.push_back({.reason = "UnsupportedAnnotation",
                         .message = fmt::format("Annotations without effect on this node: {}",
                                                fmt::join(unknown, ", "))});
    }
    return read;
  }

  bool Has(std::string_view name) const { return values_.contains(name); }
  std::string Text(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::string() : found->second;
  }
  // The first of `names` that is set.
  std::string FirstOf(std::initializer_list<std::string_view> names) const {
    for (const std::string_view name : names) {
      if (Has(name)) return Text(name);
    }
    return {};
  }
  std::string List(std::string_view name) const {
    return fmt::format("{}", fmt::join(SplitList(Text(name)), ","));
  }
  double Number(std::string_view name) const { return ParseNumber(Text(name)).value_or(0); }

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

// `2-4Gi`: 2 vCPU, 4 GiB.
std::optional<Size> ParseSpec(std::string_view spec) {
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto cpu = ParseMilli(spec.substr(0, dash));
  const auto memory = ParseUnits(spec.substr(dash + 1));
  if (!cpu || !memory || *cpu == 0 || *memory == 0) return std::nullopt;
  return Size{*cpu, *memory};
}

Planned<void> ReadSpecs(const Annotations& annotations, GroupOptions* options,
                        std::vector<Notice>& notices) {
  const std::vector<std::string> specs =
      SplitList(annotations.FirstOf({annotation::kUseSpecs, annotation::kInstanceType}));
  std::vector<std::string> types;
  std::size_t taken = 0;
  for (; taken < specs.size(); ++taken) {
    const auto size = ParseSpec(specs[taken]);
    if (!size && !specs[taken].starts_with("ecs.")) {
      return std::unexpected(
          Invalid(PathOf(annotation::kUseSpecs),
                  fmt::format("\"{}\" is neither a size such as 2-4Gi nor an ECS type such as "
                              "ecs.c6.xlarge",
                              specs[taken])));
    }
    if (size && taken > 0) break;
    if (size) {
      options->size = size;
      ++taken;
      break;
    }
    types.push_back(specs[taken]);
  }
  options->instance_types = fmt::format("{}", fmt::join(types, ","));
  if (taken < specs.size()) {
    notices.push_back(
        {.reason = "SpecsLeftOut",
         .message = fmt::format(
             "{}: the cloud takes either one size or a list of ECS types; left out: {}",
             PathOf(annotation::kUseSpecs),
             fmt::join(specs.begin() + static_cast<std::ptrdiff_t>(taken), specs.end(), ", "))});
  }
  return {};
}

Planned<void> ReadSpot(const Annotations& annotations, GroupOptions* options) {
  options->spot_strategy = annotations.Text(annotation::kSpotStrategy);
  if (annotations.Has(annotation::kSpotPriceLimit)) {
    options->spot_price_limit = static_cast<float>(annotations.Number(annotation::kSpotPriceLimit));
  }
  if (annotations.Has(annotation::kSpotDuration)) {
    options->spot_duration =
        static_cast<std::int64_t>(annotations.Number(annotation::kSpotDuration));
  }
  if (options->spot_strategy == "SpotWithPriceLimit" && !options->spot_price_limit) {
    return std::unexpected(
        Invalid(PathOf(annotation::kSpotStrategy),
                fmt::format("SpotWithPriceLimit needs {} as well", annotation::kSpotPriceLimit)));
  }
  return {};
}

}  // namespace

Planned<GroupOptions> ReadAnnotations(const core::Pod& pod, std::vector<Notice>& notices) {
  VK_TRY(annotations, Annotations::Read(pod, notices));
  GroupOptions options;
  options.v_switch_ids = annotations.List(annotation::kVSwitch);
  options.security_group_ids = annotations.List(annotation::kSecurityGroup);
  options.schedule_strategy = annotations.Text(annotation::kScheduleStrategy);
  options.image_cache_id =
      annotations.FirstOf({annotation::kImageCacheId, annotation::kImageSnapshotId});
  options.match_image_cache =
      annotations.FirstOf({annotation::kAutoImageCache, annotation::kAutoMatchImageCache,
                           annotation::kImageCache}) != "false";
  options.init_before_sidecars = annotations.Text(annotation::kInitBeforeSidecars) == "true";
  VK_CHECK_OK(ReadSpecs(annotations, &options, notices));
  VK_CHECK_OK(ReadSpot(annotations, &options));
  return options;
}

std::vector<KnownAnnotation> KnownAnnotations() {
  std::vector<KnownAnnotation> all;
  for (const Known& known : kKnown) {
    KnownAnnotation annotation{.key = std::string(known.name), .values = {}, .most = known.most};
    const auto* allowed = std::ranges::find(kAllowed, known.name, &Allowed::name);
    if (allowed != std::end(kAllowed)) annotation.values = SplitList(allowed->values);
    if (known.reader == Reader::kFlag) annotation.values = {"true", "false"};
    all.push_back(std::move(annotation));
  }
  return all;
}

}  // namespace vk::translate
