// libhdf5 1.10 does not free all that it made of a damaged file; the tests of damaged files would
// otherwise be reported as leaking. The address sanitizer calls this function where it is built in.
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" const char* __lsan_default_suppressions();

// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" const char* __lsan_default_suppressions() { return "leak:libhdf5"; }
