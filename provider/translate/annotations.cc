#include "provider/translate/annotations.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <string_view>

#include "base/result.h"
#include "provider/translate/quantity.h"

namespace vk::translate {
namespace {

constexpr std::string_view kPrefix = "k8s.aliyun.com/";
constexpr int kLargestNumber = 1'000'000;  // Far beyond any price or number of hours.

enum class Reader { kText, kList, kFlag, kNumber, kAgent, kNode };

// Every annotation this node knows. `most`: entries of a list.
struct Known {
  std::string_view name;  // Without the prefix.
  Reader reader;
  std::size_t most = 0;
};
constexpr Known kKnown[] = {
    {"auto-match-imagecache", Reader::kFlag},
    {"eci-auto-imc", Reader::kFlag},
    {"eci-image-cache", Reader::kFlag},
    {"eci-image-snapshot-id", Reader::kText},
    {"eci-imc-id", Reader::kText},
    {"eci-instance-type", Reader::kList, 5},
    {"eci-schedule-strategy", Reader::kText},
    {"eci-security-group", Reader::kList, 5},
    {"eci-spot-duration", Reader::kNumber},
    {"eci-spot-price-limit", Reader::kNumber},
    {"eci-spot-strategy", Reader::kText},
    {"eci-use-specs", Reader::kList, 5},
    {"eci-vswitch", Reader::kList, 10},
    {"init-before-sidecars", Reader::kFlag},
    // Read by the agent.
    {"eci-fail-strategy", Reader::kAgent},
    {"pod-fail-on-create-err", Reader::kAgent},
    // Written by the node, copied along by people.
    {"eci-instance-id", Reader::kNode},
    {"eci-instance-spec", Reader::kNode},
    {"eci-request-id", Reader::kNode},
};

struct Allowed {
  std::string_view name;
  std::string_view values;  // Comma separated.
};
constexpr Allowed kAllowed[] = {
    {"eci-schedule-strategy", "VSwitchRandom,VSwitchOrdered"},
    {"eci-spot-strategy", "NoSpot,SpotAsPriceGo,SpotWithPriceLimit"},
};

std::string PathOf(std::string_view name) {
  return fmt::format("metadata.annotations[{}{}]", kPrefix, name);
}

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

// The pod's annotations that this node reads, without their prefix.
class Annotations {
 public:
  static Planned<Annotations> Read(const core::Pod& pod, std::vector<Notice>& notices) {
    const auto& all = pod.metadata().annotations();
    Annotations read;
    std::vector<std::string> unknown;
    for (const auto& [key, value] : std::map<std::string, std::string>(all.begin(), all.end())) {
      if (!key.starts_with(kPrefix)) continue;
      const std::string name = key.substr(kPrefix.size());
      const auto* known = std::ranges::find(kKnown, name, &Known::name);
      if (known == std::end(kKnown)) {
        unknown.push_back(key);
        continue;
      }
      std::string fault = Fault(*known, value);
      if (!fault.empty()) return std::unexpected(Invalid(PathOf(name), fault));
      read.values_[name] = value;
    }
    if (!unknown.empty()) {
      notices.push_back({.reason = "UnsupportedAnnotation",
                         .message = fmt::format("Annotations without effect on this node: {}",
                                                fmt::join(unknown, ", "))});
    }
    return read;
  }

  bool Has(const std::string& name) const { return values_.contains(name); }
  std::string Text(const std::string& name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::string() : found->second;
  }
  // The first of `names` that is set.
  std::string FirstOf(std::initializer_list<std::string> names) const {
    for (const std::string& name : names) {
      if (Has(name)) return Text(name);
    }
    return {};
  }
  std::string List(const std::string& name) const {
    return fmt::format("{}", fmt::join(SplitList(Text(name)), ","));
  }
  double Number(const std::string& name) const { return ParseNumber(Text(name)).value_or(0); }

 private:
  std::map<std::string, std::string> values_;
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
      SplitList(annotations.FirstOf({"eci-use-specs", "eci-instance-type"}));
  std::vector<std::string> types;
  std::size_t taken = 0;
  for (; taken < specs.size(); ++taken) {
    const auto size = ParseSpec(specs[taken]);
    if (!size && !specs[taken].starts_with("ecs.")) {
      return std::unexpected(
          Invalid(PathOf("eci-use-specs"),
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
             PathOf("eci-use-specs"),
             fmt::join(specs.begin() + static_cast<std::ptrdiff_t>(taken), specs.end(), ", "))});
  }
  return {};
}

Planned<void> ReadSpot(const Annotations& annotations, GroupOptions* options) {
  options->spot_strategy = annotations.Text("eci-spot-strategy");
  if (annotations.Has("eci-spot-price-limit")) {
    options->spot_price_limit = static_cast<float>(annotations.Number("eci-spot-price-limit"));
  }
  if (annotations.Has("eci-spot-duration")) {
    options->spot_duration = static_cast<std::int64_t>(annotations.Number("eci-spot-duration"));
  }
  if (options->spot_strategy == "SpotWithPriceLimit" && !options->spot_price_limit) {
    return std::unexpected(
        Invalid(PathOf("eci-spot-strategy"),
                "SpotWithPriceLimit needs k8s.aliyun.com/eci-spot-price-limit as well"));
  }
  return {};
}

}  // namespace

Planned<GroupOptions> ReadAnnotations(const core::Pod& pod, std::vector<Notice>& notices) {
  VK_TRY(annotations, Annotations::Read(pod, notices));
  GroupOptions options;
  options.v_switch_ids = annotations.List("eci-vswitch");
  options.security_group_ids = annotations.List("eci-security-group");
  options.schedule_strategy = annotations.Text("eci-schedule-strategy");
  options.image_cache_id = annotations.FirstOf({"eci-imc-id", "eci-image-snapshot-id"});
  options.match_image_cache =
      annotations.FirstOf({"eci-auto-imc", "auto-match-imagecache", "eci-image-cache"}) != "false";
  options.init_before_sidecars = annotations.Text("init-before-sidecars") == "true";
  VK_CHECK_OK(ReadSpecs(annotations, &options, notices));
  VK_CHECK_OK(ReadSpot(annotations, &options));
  return options;
}

std::vector<KnownAnnotation> KnownAnnotations() {
  std::vector<KnownAnnotation> all;
  for (const Known& known : kKnown) {
    KnownAnnotation annotation{
        .key = fmt::format("{}{}", kPrefix, known.name), .values = {}, .most = known.most};
    const auto* allowed = std::ranges::find(kAllowed, known.name, &Allowed::name);
    if (allowed != std::end(kAllowed)) annotation.values = SplitList(allowed->values);
    if (known.reader == Reader::kFlag) annotation.values = {"true", "false"};
    all.push_back(std::move(annotation));
  }
  return all;
}

}  // namespace vk::translate
