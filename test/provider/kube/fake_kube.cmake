# What every program needs that asks an API server, fake or real, for the contract of kube_contract.h. Listed as sources and
# not as a library, of which a linker would drop the tests.
set(KUBE_CONTRACT_SOURCES
  "${CMAKE_CURRENT_LIST_DIR}/kube_contract.cc"
  "${CMAKE_CURRENT_LIST_DIR}/kube_contract_custom.cc"
  "${CMAKE_CURRENT_LIST_DIR}/kube_contract_delete.cc"
  "${CMAKE_CURRENT_LIST_DIR}/kube_contract_watch.cc")

vk_add_test(fake_kube_test
  SOURCES ${KUBE_CONTRACT_SOURCES} fake_kube_client_test.cc fake_kube_contract_test.cc fake_kube_test.cc
  DEPS base base_testing fake_kube kube proto_kubernetes)
