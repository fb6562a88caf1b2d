#include "tools/fake_eci/profile.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <functional>
#include <map>
#include <utility>

namespace vk::fake {

// In the generated built_in_profiles.cc.
extern const std::vector<std::pair<std::string_view, std::string_view>> kBuiltInProfiles;

namespace {

// What is wrong with a profile; caught in ApplyProfile, since yaml-cpp throws as well.
struct BadProfile {
  YAML::Mark mark;
  std::string problem;
};

using Setter = std::function<void(const YAML::Node&, CloudOptions*)>;
using Keys = std::map<std::string, Setter, std::less<>>;

template <class T>
T Read(const YAML::Node& node, std::string_view wanted) {
  try {
    return node.as<T>();
  } catch (const YAML::Exception&) {
    throw BadProfile{node.Mark(), fmt::format("expected {}", wanted)};
  }
}

std::string ReadText(const YAML::Node& node) { return Read<std::string>(node, "text"); }

std::vector<std::string> ReadTexts(const YAML::Node& node) {
  return Read<std::vector<std::string>>(node, "a list of text");
}

Distribution ReadDistribution(const YAML::Node& node) {
  constexpr std::string_view kForm =
      "a list of [share, seconds], the shares rising from 0 to 1, the seconds not negative";
  const auto pairs = Read<std::vector<std::vector<double>>>(node, kForm);
  std::vector<Distribution::Point> points;
  for (const std::vector<double>& pair : pairs) {
    const bool good = pair.size() == 2 && pair[1] >= 0 && pair[1] <= 1e9 &&
                      (points.empty() ? pair[0] == 0 : pair[0] > points.back().share);
    if (!good) throw BadProfile{node.Mark(), fmt::format("expected {}", kForm)};
    points.push_back({pair[0], std::chrono::duration<double>(pair[1])});
  }
  if (!points.empty() && points.back().share != 1) {
    throw BadProfile{node.Mark(), fmt::format("expected {}", kForm)};
  }
  return Distribution(std::move(points));
}

Setter Times(Distribution LatencyProfile::* member) {
  return [member](const YAML::Node& node, CloudOptions* options) {
    options->latency.*member = ReadDistribution(node);
  };
}

// Calls `take` with each key of a map. Keys beyond `allowed` are refused.
void ReadMap(const YAML::Node& node, const std::vector<std::string>& allowed,
             const std::function<void(const std::string&, const YAML::Node&)>& take) {
  if (!node.IsMap()) throw BadProfile{node.Mark(), "expected keys and values"};
  for (const auto& entry : node) {
    const std::string key = ReadText(entry.first);
    if (std::ranges::find(allowed, key) == allowed.end()) {
      throw BadProfile{entry.first.Mark(),
                       fmt::format("unknown key {}; it may be {}", key, fmt::join(allowed, ", "))};
    }
    take(key, entry.second);
  }
}

void ReadVSwitches(const YAML::Node& node, CloudOptions* options) {
  for (const YAML::Node& item : node) {
    VSwitch vswitch;
    ReadMap(item, {"addresses", "id", "vpc", "zone"},
            [&](const std::string& key, const YAML::Node& value) {
              if (key == "addresses") vswitch.addresses = Read<int>(value, "a number");
              if (key == "id") vswitch.id = ReadText(value);
              if (key == "vpc") vswitch.vpc_id = ReadText(value);
              if (key == "zone") vswitch.zone = ReadText(value);
            });
    if (!IsResourceId(vswitch.id, "vsw") || vswitch.zone.empty()) {
      throw BadProfile{item.Mark(), "a vSwitch has an id of the form vsw-… and a zone"};
    }
    options->vswitches.push_back(std::move(vswitch));
  }
}

void ReadImageCaches(const YAML::Node& node, CloudOptions* options) {
  for (const YAML::Node& item : node) {
    ReadyImageCache cache;
    ReadMap(item, {"id", "images", "name"}, [&](const std::string& key, const YAML::Node& value) {
      if (key == "id") cache.id = ReadText(value);
      if (key == "images") cache.images = ReadTexts(value);
      if (key == "name") cache.name = ReadText(value);
    });
    if (!IsResourceId(cache.id, "imc") || cache.images.empty()) {
      throw BadProfile{item.Mark(), "an image cache has an id of the form imc-… and images"};
    }
    options->image_caches.push_back(std::move(cache));
  }
}

const Keys& AllKeys() {
  static const Keys keys = {
      {"call", Times(&LatencyProfile::call)},
      {"ending", Times(&LatencyProfile::ending)},
      {"image_cache", Times(&LatencyProfile::image_cache)},
      {"image_caches", ReadImageCaches},
      {"name", [](const YAML::Node& node,
                  CloudOptions* options) { options->latency.name = ReadText(node); }},
      {"next_container", Times(&LatencyProfile::next_container)},
      {"pull", Times(&LatencyProfile::pull)},
      {"region",
       [](const YAML::Node& node, CloudOptions* options) { options->region = ReadText(node); }},
      {"restart", Times(&LatencyProfile::restart)},
      {"scheduling_share",
       [](const YAML::Node& node, CloudOptions* options) {
         const double share = Read<double>(node, "a number from 0 to 1");
         if (share < 0 || share > 1) throw BadProfile{node.Mark(), "expected a number from 0 to 1"};
         options->latency.scheduling_share = share;
       }},
      {"seed",
       [](const YAML::Node& node, CloudOptions* options) {
         options->latency.seed = Read<std::uint64_t>(node, "a number");
       }},
      {"start", Times(&LatencyProfile::start)},
      {"vswitches", ReadVSwitches},
      {"zones",
       [](const YAML::Node& node, CloudOptions* options) { options->zones = ReadTexts(node); }},
  };
  return keys;
}

base::Error Complain(std::string_view source, const YAML::Mark& mark, std::string_view problem) {
  return base::Error(base::ErrorCode::kInvalidArgument,
                     fmt::format("read profile {}, line {}: {}", source, mark.line + 1, problem));
}

}  // namespace

std::vector<std::string> BuiltInProfiles() {
  std::vector<std::string> names;
  for (const auto& [name, text] : kBuiltInProfiles) names.emplace_back(name);
  return names;
}

std::string_view BuiltInProfile(std::string_view name) {
  for (const auto& [known, text] : kBuiltInProfiles) {
    if (known == name) return text;
  }
  return {};
}

base::Result<CloudOptions> ApplyProfile(std::string_view yaml, std::string_view source,
                                        CloudOptions options) {
  options.latency = {};
  try {
    const YAML::Node root = YAML::Load(std::string(yaml));
    std::vector<std::string> allowed;
    for (const auto& [key, setter] : AllKeys()) allowed.push_back(key);
    ReadMap(root, allowed, [&](const std::string& key, const YAML::Node& value) {
      AllKeys().at(key)(value, &options);
    });
  } catch (const BadProfile& bad) {
    return std::unexpected(Complain(source, bad.mark, bad.problem));
  } catch (const YAML::Exception& bad) {
    return std::unexpected(Complain(source, bad.mark, bad.msg));
  }
  return options;
}

}  // namespace vk::fake
