#pragma once

#include <mutex>

// What clang's thread-safety analysis (the preset `clang`) is told; other compilers see nothing.
#ifdef __clang__
#define FORAY_THREAD_SAFETY(attribute) __attribute__((attribute))
#else
#define FORAY_THREAD_SAFETY(attribute)
#endif

/// After a member's name: it is used with `mutex` held only.
#define FORAY_GUARDED_BY(mutex) FORAY_THREAD_SAFETY(guarded_by(mutex))

/// After the parameters of a function or a lambda: it is called with `mutex` held only.
#define FORAY_REQUIRES(mutex) FORAY_THREAD_SAFETY(requires_capability(mutex))

namespace foray {

/// std::mutex for members that FORAY_GUARDED_BY names: libstdc++'s own is unknown to the analysis.
class FORAY_THREAD_SAFETY(capability("mutex")) Mutex {
 private:
  friend class Lock;
  std::mutex mutex_;
};

/// Holds a Mutex for as long as it lives, but for the time between unlock() and lock().
class FORAY_THREAD_SAFETY(scoped_lockable) Lock {
 public:
  explicit Lock(Mutex& mutex) FORAY_THREAD_SAFETY(acquire_capability(mutex))
      : lock_(mutex.mutex_) {}
  ~Lock() FORAY_THREAD_SAFETY(release_capability()) = default;
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  Lock(Lock&&) = delete;
  Lock& operator=(Lock&&) = delete;

  void lock() FORAY_THREAD_SAFETY(acquire_capability()) { lock_.lock(); }
  void unlock() FORAY_THREAD_SAFETY(release_capability()) { lock_.unlock(); }

  /// For the waiting functions of std::condition_variable, which return with the mutex held again.
  [[nodiscard]] std::unique_lock<std::mutex>& waitable() { return lock_; }

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace foray
