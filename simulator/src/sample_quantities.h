#pragma once

#include <string>
#include <variant>

#include "foray/simulator/sample_spec.h"

namespace foray::simulator {

// Calls visit(place, quantity) for every number of a sample but those of its definitions, always in
// the same order; the place is a JSON pointer within the sample. Spec is SampleSpec or a const one.
template <typename Spec, typename Visit>
class QuantityWalk {
 public:
  QuantityWalk(Spec& spec, Visit visit) : visit_(std::move(visit)) {
    visit_("/background", spec.background);
    visit_("/thickness", spec.thickness);
    visit_("/beam", spec.beam);
    map("/truth", spec.truth);
    if (spec.surface) surface(*spec.surface);
    for (std::size_t i = 0; i < spec.phases.size(); ++i) {
      auto& phase = spec.phases[i];
      const std::string place = "/phases/" + std::to_string(i);
      if (phase.fraction) visit_(place + "/fraction", *phase.fraction);
      map(place + "/truth", phase.truth);
      for (std::size_t j = 0; j < phase.components.size(); ++j) {
        place_ = place + "/components/" + std::to_string(j);
        std::visit([this](auto& component) { this->walk(component); }, phase.components[j]);
      }
    }
  }

 private:
  template <typename Map>
  void map(const std::string& place, Map& values) {
    for (auto& [name, value] : values) visit_(place + "/" + name, value);
  }
  template <typename Q>
  void at(const char* field, Q& quantity) {
    visit_(place_ + "/" + field, quantity);
  }
  template <typename Optional>
  void given(const char* field, Optional& quantity) {
    if (quantity) at(field, *quantity);
  }

  template <typename S>
  void surface(S& s) {
    place_ = "/surface";
    at("incidence_deg", s.incidence_deg);
    at("delta", s.delta);
    at("beta", s.beta);
    at("streak", s.streak);
    at("streak_exponent", s.streak_exponent);
    at("streak_fwhm", s.streak_fwhm);
    at("specular", s.specular);
    at("normal_deg", s.normal_deg);
  }

  template <typename F>
  void form(F& form) {
    map(place_ + "/parameters", form.parameters);
    for (auto& [name, spread] : form.polydispersity) {
      visit_(place_ + "/polydispersity/" + name + "/width", spread.width);
    }
  }

  template <typename C>
  void walk(C& c) {
    using Component = std::remove_const_t<C>;
    if constexpr (std::is_same_v<Component, ModelComponent>) {
      form(c.form);
      at("scale", c.scale);
    } else if constexpr (std::is_same_v<Component, LatticeComponent>) {
      lattice(c);
    } else if constexpr (std::is_same_v<Component, RingComponent>) {
      at("q", c.q), at("intensity", c.intensity), at("fwhm", c.fwhm), at("lorentz", c.lorentz);
      at("orientation", c.orientation), at("director_deg", c.director_deg);
    } else if constexpr (std::is_same_v<Component, HaloComponent>) {
      at("q", c.q), at("intensity", c.intensity), at("width", c.width);
    } else if constexpr (std::is_same_v<Component, RodComponent>) {
      at("q", c.q), at("intensity", c.intensity), at("fwhm", c.fwhm);
      at("height", c.height), at("height_spread", c.height_spread);
    } else if constexpr (std::is_same_v<Component, CylinderComponent>) {
      at("scale", c.scale), at("sld", c.sld), at("sld_solvent", c.sld_solvent);
      at("radius", c.radius), at("radius_spread", c.radius_spread), at("length", c.length);
      at("length_spread", c.length_spread), at("theta_deg", c.theta_deg), at("phi_deg", c.phi_deg);
      at("theta_spread_deg", c.theta_spread_deg), at("phi_spread_deg", c.phi_spread_deg);
    } else if constexpr (std::is_same_v<Component, RoughnessComponent>) {
      at("roughness", c.roughness), at("length", c.length), at("hurst", c.hurst);
      for (std::size_t i = 0; i < c.films.size(); ++i)
        film("films/" + std::to_string(i), c.films[i]);
    } else {
      given("radius", c.radius), given("top_radius", c.top_radius), given("height", c.height);
      given("length", c.length), given("width", c.width), given("edge", c.edge);
      given("top_edge", c.top_edge), at("radius_spread", c.radius_spread);
      at("delta", c.delta), at("beta", c.beta), at("density", c.density);
      at("distance", c.distance), at("distance_spread", c.distance_spread);
      at("domain", c.domain), at("distance_b", c.distance_b), at("angle_deg", c.angle_deg);
      for (std::size_t i = 0; i < c.mixture.size(); ++i)
        kind("mixture/" + std::to_string(i), c.mixture[i]);
    }
  }

  template <typename K>
  void kind(const std::string& name, K& k) {
    at((name + "/share").c_str(), k.share), at((name + "/radius").c_str(), k.radius);
    at((name + "/radius_spread").c_str(), k.radius_spread);
    at((name + "/height").c_str(), k.height);
  }

  template <typename F>
  void film(const std::string& name, F& f) {
    at((name + "/delta").c_str(), f.delta), at((name + "/beta").c_str(), f.beta);
    at((name + "/thickness").c_str(), f.thickness), at((name + "/roughness").c_str(), f.roughness);
  }

  template <typename C>
  void lattice(C& c) {
    if (c.form) form(*c.form);
    at("spacing", c.spacing), at("intensity", c.intensity), at("scale", c.scale);
    at("domain_nm", c.domain_nm), at("strain", c.strain), at("lorentz", c.lorentz);
    at("displacement", c.displacement), at("orientation", c.orientation);
    at("director_deg", c.director_deg), at("mosaic_deg", c.mosaic_deg);
    if (c.rotation_deg) {
      for (std::size_t i = 0; i < 3; ++i) {
        visit_(place_ + "/rotation_deg/" + std::to_string(i), (*c.rotation_deg)[i]);
      }
    }
  }

  Visit visit_;
  std::string place_;
};

template <typename Spec, typename Visit>
void for_each_quantity(Spec& spec, Visit visit) {
  QuantityWalk<Spec, Visit>(spec, std::move(visit));
}

}  // namespace foray::simulator
