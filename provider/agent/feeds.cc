#include "provider/agent/feeds.h"

namespace vk::agent {

void PodFeed::OnListPage(std::vector<kube::ListedObject> page) {
  for (const kube::ListedObject& listed : page) Take(listed.identity, listed.object, clock_.Now());
}

void PodFeed::OnListEnd(bool complete) {
  pods_.EndReplace(complete);
  synced_.Set();
}

void PodFeed::OnEvent(const kube::ObjectIdentity& identity, kube::WatchEvent event) {
  if (event.type == kube::WatchEventType::kDeleted) {
    pods_.MarkVanished(identity.uid);
  } else {
    Take(identity, event.object, event.received);
  }
}

// Much of what a watch shows is the answer to our own patches, which the table has seen.
void PodFeed::Take(const kube::ObjectIdentity& identity, const std::string& object,
                   base::TimePoint received) {
  if (!pods_.Holds(identity) && !pods_.Upsert(object, received)) on_unreadable_(identity);
}

void ServiceFeed::OnListPage(std::vector<kube::ListedObject> page) {
  for (const kube::ListedObject& listed : page) Take(listed.object);
}

void ServiceFeed::OnEvent(const kube::ObjectIdentity& identity, kube::WatchEvent event) {
  if (event.type == kube::WatchEventType::kDeleted) {
    inputs_.RemoveService(identity.ns, identity.name);
  } else {
    Take(event.object);
  }
}

void ServiceFeed::Take(const std::string& object) {
  if (!inputs_.UpsertService(object)) on_unreadable_();
}

}  // namespace vk::agent
