#pragma once

namespace foray::campaign {

// One callable for std::visit from one lambda a type.
template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

}  // namespace foray::campaign
