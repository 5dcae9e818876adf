# One function makes every library target, so that include folders, warnings and install rules are
# the same in all of them.
#
#   foray_module(surrogate [DIR adapters/codec] SOURCES a.cpp b.cpp
#                PUBLIC foray::common PRIVATE NLopt::nlopt)
#
# makes foray_surrogate (alias foray::surrogate) from src/*.cpp with include/ public.
function(foray_module name)
  cmake_parse_arguments(M "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  set(target foray_${name})
  list(TRANSFORM M_SOURCES PREPEND src/)
  add_library(${target} STATIC ${M_SOURCES})
  add_library(foray::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(
    ${target} PUBLIC $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>
                     $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/src)
  if(FORAY_NATIVE)
    # Eigen's alignment is part of the binary interface, so whoever uses the package needs the same.
    target_compile_options(${target} INTERFACE $<INSTALL_INTERFACE:-march=native>)
  endif()
  target_link_libraries(${target} PUBLIC ${M_PUBLIC} PRIVATE ${M_PRIVATE} foray_warnings)
  install(TARGETS ${target} EXPORT forayTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY include/foray DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  set_property(GLOBAL APPEND PROPERTY FORAY_HEADER_ROOTS ${CMAKE_CURRENT_SOURCE_DIR}/include)
endfunction()

# The preset release compiles the sources of a library or a test program sixteen at a time, which takes
# half the time. So each test source has a namespace of its own; benchmarks are compiled one by one.

# hnswlib locks two of its mutexes in either order while points are added, which is safe, and we add
# them from one thread. The thread sanitizer cannot tell, and loses the stack by which the finding
# could be suppressed. As the property ENVIRONMENT_MODIFICATION of tests that use hnswlib.
set(FORAY_LOCKS_IN_ANY_ORDER "TSAN_OPTIONS=string_append::detect_deadlocks=0")

# foray_test(surrogate SOURCES gp_test.cpp LINKS foray::surrogate [PROPERTIES of its tests]): one test
# program a module, its tests known to ctest by name. Data folder in FORAY_TEST_DATA.
function(foray_test name)
  cmake_parse_arguments(T "" "" "SOURCES;LINKS;PROPERTIES" ${ARGN})
  set(target foray_${name}_tests)
  add_executable(${target} ${T_SOURCES})
  target_compile_definitions(
    ${target} PRIVATE FORAY_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data"
                      FORAY_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${target} PRIVATE ${T_LINKS} GTest::gmock GTest::gtest_main foray_warnings)
  gtest_discover_tests(${target} PROPERTIES LABELS ${name} ${T_PROPERTIES}
                       DISCOVERY_TIMEOUT 60)
endfunction()

# foray_bench(surrogate SOURCES gp_bench.cpp LINKS foray::surrogate): a Google Benchmark program.
function(foray_bench name)
  cmake_parse_arguments(B "" "" "SOURCES;LINKS" ${ARGN})
  set(target foray_${name}_bench)
  add_executable(${target} ${B_SOURCES})
  set_target_properties(${target} PROPERTIES UNITY_BUILD OFF)
  target_link_libraries(${target} PRIVATE ${B_LINKS} benchmark::benchmark_main foray_warnings)
endfunction()
