#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace google::protobuf {
class Message;
}

namespace vk::ecictl {

// The 36 actions of ECI 2018-08-08 and 11 of PrivateZone 2018-01-01, sorted, as the schemas
// (proto/eci/v1, proto/pvtz/v1) have them.
std::vector<std::string> EciActions();

// Empty messages of one call; both null when there is no such action.
struct EciMessages {
  std::unique_ptr<google::protobuf::Message> request;
  std::unique_ptr<google::protobuf::Message> reply;
};
EciMessages NewEciMessages(std::string_view action);

// Those of `names` that `name` may have been meant for, nearest first, at most three: they begin
// with it, or a few letters are wrong; case does not count.
std::vector<std::string> NearNames(std::string_view name, const std::vector<std::string>& names);

// How a message goes on about a name that there is not: "; did you mean A or B?", or `otherwise`
// where nothing is near.
std::string NearHint(const std::vector<std::string>& near, std::string_view otherwise);

// "there is no action X; ...": for people.
std::string NoSuchAction(std::string_view action);

}  // namespace vk::ecictl
