# vk_add_library(NAME SOURCES a.cc ... DEPS x ... [PRIVATE_DEPS y ...]): one module, one library.
# Pass in DEPS what its headers need, in PRIVATE_DEPS what only its sources include.
function(vk_add_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC vk_options ${arg_DEPS} PRIVATE ${arg_PRIVATE_DEPS})
endfunction()

# vk_add_program(NAME SOURCES main.cc DEPS ...): a binary in <build>/bin.
function(vk_add_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE vk_options ${arg_DEPS})
endfunction()

# vk_add_test(NAME SOURCES a_test.cc ... DEPS ... [LEVEL unit|simulation|integration]): one GoogleTest program of one
# module, registered with ctest under its level as label.
function(vk_add_test name)
  cmake_parse_arguments(arg "" "LEVEL" "SOURCES;DEPS;ARGS" ${ARGN})
  if(NOT arg_LEVEL)
    set(arg_LEVEL unit)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE vk_options ${arg_DEPS} vk_gtest_main)
  add_test(NAME ${name} COMMAND ${name} ${arg_ARGS} WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
  set_tests_properties(${name} PROPERTIES LABELS ${arg_LEVEL} TIMEOUT 600)
  set_property(GLOBAL APPEND PROPERTY VK_TESTS_${arg_LEVEL} ${name})
endfunction()
