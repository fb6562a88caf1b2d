#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <ranges>
#include <utility>

#include "provider/translate/field_findings.h"
#include "provider/translate/planning.h"

namespace vk::translate {
namespace {

// An event's message has at most 1024 bytes, and the sentences around take some.
constexpr std::size_t kMostText = 800;
constexpr std::size_t kMostIndices = 20;

// The fields of one kind: those of all containers, say, that have the same value.
struct Group {
  std::string before;  // "spec.containers["
  std::vector<std::string> indices;
  std::string after;  // "].stdin=true"; empty: no list.
  std::string why;

  // The first ones of very many, so that there is a path in every message.
  std::string Path() const {
    const std::size_t shown = std::min(indices.size(), kMostIndices);
    const auto some = std::ranges::subrange(indices.begin(),
                                            indices.begin() + static_cast<std::ptrdiff_t>(shown));
    const std::string more = shown < indices.size() ? ",..." : "";
    return fmt::format("{}{}{}{}", before, fmt::join(some, ","), more, after);
  }
};

std::vector<Group> Grouped(const std::vector<FieldFinding>& findings) {
  std::vector<Group> groups;
  for (const FieldFinding& finding : findings) {
    std::string text = finding.path;
    if (!finding.value.empty()) text += "=" + finding.value;
    Group group{.before = text, .indices = {}, .after = {}, .why = finding.why};
    const std::size_t open = text.find('[');
    const std::size_t close = text.find(']');
    if (open != std::string::npos && close != std::string::npos && open < close) {
      group.before = text.substr(0, open + 1);
      group.indices = {text.substr(open + 1, close - open - 1)};
      group.after = text.substr(close);
    }
    const auto same = std::ranges::find_if(groups, [&](const Group& other) {
      return other.before == group.before && other.after == group.after && other.why == group.why;
    });
    if (same == groups.end()) {
      groups.push_back(std::move(group));
    } else {
      same->indices.insert(same->indices.end(), group.indices.begin(), group.indices.end());
    }
  }
  return groups;
}

// "a, b (why); c (why)", without the reasons where that is too long, and cut where that is.
std::string Listed(const std::vector<FieldFinding>& findings) {
  const std::vector<Group> groups = Grouped(findings);
  std::vector<std::pair<std::string, std::vector<std::string>>> by_reason;
  for (const Group& group : groups) {
    auto found =
        std::ranges::find(by_reason, group.why, [](const auto& entry) { return entry.first; });
    if (found == by_reason.end()) found = by_reason.insert(by_reason.end(), {group.why, {}});
    found->second.push_back(group.Path());
  }
  std::vector<std::string> sentences;
  std::vector<std::string> paths;
  for (const auto& [why, of_it] : by_reason) {
    sentences.push_back(why.empty() ? fmt::format("{}", fmt::join(of_it, ", "))
                                    : fmt::format("{} ({})", fmt::join(of_it, ", "), why));
    paths.insert(paths.end(), of_it.begin(), of_it.end());
  }
  std::string text = fmt::format("{}", fmt::join(sentences, "; "));
  if (text.size() <= kMostText) return text;
  text.clear();
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (text.size() + paths[i].size() > kMostText) {
      return fmt::format("{} and {} more", text, paths.size() - i);
    }
    text += (i == 0 ? "" : ", ") + paths[i];
  }
  return text;
}

bool IsWeakened(const FieldFinding& finding) { return finding.treatment != Treatment::kRefused; }

}  // namespace

std::optional<NotNow> RefusalFor(const std::vector<FieldFinding>& findings, bool strict) {
  std::vector<FieldFinding> refused;
  std::ranges::copy_if(findings, std::back_inserter(refused),
                       [&](const FieldFinding& finding) { return strict || !IsWeakened(finding); });
  if (refused.empty()) return std::nullopt;
  const bool only_strict = std::ranges::all_of(refused, IsWeakened);
  return NotNow{
      NotNow::Kind::kUnsupported,
      {.reason = "UnsupportedPodField",
       .message = fmt::format(
           "The pod is not started, since the virtual node {} {}. Remove it, or run the "
           "pod on another node.",
           only_strict ? "does not enforce what --strict-pod-fields demands:" : "does not support",
           Listed(refused))},
      {}};
}

std::optional<Notice> NoticeFor(const std::vector<FieldFinding>& findings) {
  std::vector<FieldFinding> weakened;
  for (const Treatment treatment : {Treatment::kWeakened, Treatment::kMoot}) {
    std::ranges::copy_if(findings, std::back_inserter(weakened), [&](const FieldFinding& finding) {
      return finding.treatment == treatment;
    });
  }
  if (weakened.empty()) return std::nullopt;
  return Notice{.warning = weakened.front().treatment == Treatment::kWeakened,
                .reason = "PodFieldNotEnforced",
                .message = fmt::format("The pod runs, but without {}", Listed(weakened)),
                .once = true};
}

}  // namespace vk::translate
