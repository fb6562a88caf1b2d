#include <string>

#include "proto/eci/v1/container_group.pb.h"
#include "proto/eci/v1/container_group_view.pb.h"
#include "tools/fake_eci/engine/calls/group_view.h"
#include "tools/fake_eci/engine/calls/handlers.h"
#include "tools/fake_eci/engine/calls/selection.h"
#include "tools/fake_eci/engine/text.h"
#include "tools/fake_eci/engine/world.h"

namespace vk::fake {
namespace {

constexpr int kPageLimit = 20;
constexpr int kEventsPageLimit = 200;

void FillEvent(const Group& group, const GroupEvent& event, std::size_t index,
               eci::v1::ContainerGroupEvent* view) {
  view->set_type(event.type);
  view->set_count(event.count);
  view->set_reason(event.reason);
  view->set_message(event.message);
  view->set_first_timestamp(TimeText(event.first));
  view->set_last_timestamp(TimeText(event.last));
  view->mutable_metadata()->set_name(group.name + "." + PageToken(index).substr(24));
  view->set_reporting_component(event.source);
  view->mutable_source()->set_component(event.source);
  auto* object = view->mutable_involved_object();
  object->set_name(group.name);
  object->set_api_version("v1");
  object->set_kind("Pod");
  object->set_uid(group.id);
}

}  // namespace

VK_FAKE_HANDLER(DescribeContainerGroups) {
  GroupFilter filter = CommonFilter(request, kPageLimit);
  filter.name = request.container_group_name();
  filter.status = request.status();
  filter.security_group_id = request.security_group_id();
  VK_TRY(page, SelectGroups(world, filter, kPageLimit));
  eci::v1::DescribeContainerGroupsResponse reply;
  for (const Group* group : page.groups) FillGroup(*group, reply.add_container_groups());
  reply.set_total_count(page.total);
  if (!page.next_token.empty()) reply.set_next_token(page.next_token);
  return reply;
}

VK_FAKE_HANDLER(DescribeContainerGroupEvents) {
  GroupFilter filter = CommonFilter(request, kEventsPageLimit);
  VK_TRY(since, SinceSecond(request.has_since_second(), request.since_second()));
  VK_TRY(page, SelectGroups(world, filter, kEventsPageLimit));
  const std::string source =
      request.event_source() == "K8sAgent" ? "kubelet" : request.event_source();
  eci::v1::DescribeContainerGroupEventsResponse reply;
  for (const Group* group : page.groups) {
    auto* data = reply.add_data();
    data->set_container_group_id(group->id);
    data->set_name(group->name);
    data->set_namespace_("");
    data->set_uuid("");
    data->set_annotations("");
    for (std::size_t i = 0; i < group->events.size(); ++i) {
      const GroupEvent& event = group->events[i];
      if (!source.empty() && event.source != source) continue;
      if (since && event.last + *since < world.now.wall) continue;
      FillEvent(*group, event, i, data->add_events());
    }
  }
  reply.set_total_count(page.total);
  if (!page.next_token.empty()) reply.set_next_token(page.next_token);
  return reply;
}

}  // namespace vk::fake
