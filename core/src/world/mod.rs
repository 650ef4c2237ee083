//! The world: resources in cells of our own, entities in hecs.

#[allow(unsafe_code, reason = "the value of a resource, borrowed through a shared world")]
mod cell;
mod changes;
mod commands;
#[allow(unsafe_code, reason = "the world, shared or alone")]
mod handle;
mod ids;

use std::any::{TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use hecs::{Bundle, Component, DynamicBundle, Entity};

pub(crate) use cell::{AnyCell, ResourceCell};
pub(crate) use changes::{Changes, Stamp};
pub use commands::Commands;
pub(crate) use handle::WorldHandle;
use ids::BuildIdHasher;

/// Holds what systems work on: one value of each resource type, and entities with components.
///
/// # Examples
///
/// ```
/// use fencewright::World;
///
/// struct Gravity(f32);
///
/// let mut world = World::new();
/// world.insert(Gravity(-9.81));
/// let stone = world.spawn((1.0_f32, "stone"));
/// assert_eq!(world.get::<Gravity>().map(|g| g.0), Some(-9.81));
/// assert!(world.entities().contains(stone));
/// ```
pub struct World {
    resources: HashMap<TypeId, Box<dyn AnyCell>, BuildIdHasher>,
    entities: hecs::World,
    /// Tells whether what was remembered of the archetypes is still theirs.
    structure: u64,
    /// Tells this world from all others.
    id: u64,
    changes: Changes,
}

/// What a remembered list of archetypes belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Structure {
    world: u64,
    archetypes: hecs::ArchetypesGeneration,
}

impl World {
    /// Makes an empty world.
    pub fn new() -> Self {
        Self {
            resources: HashMap::default(),
            entities: hecs::World::new(),
            structure: fresh_number(),
            id: fresh_number(),
            changes: Changes::default(),
        }
    }

    /// Inserts a resource, and returns the one that it replaces.
    pub fn insert<T: Send + Sync + 'static>(&mut self, resource: T) -> Option<T> {
        self.changes.note::<T>();
        let cell: Box<dyn AnyCell> = Box::new(ResourceCell::new(resource));
        self.resources.insert(TypeId::of::<T>(), cell).map(ResourceCell::unbox)
    }

    /// Removes a resource.
    pub fn remove<T: Send + Sync + 'static>(&mut self) -> Option<T> {
        self.changes.note::<T>();
        self.resources.remove(&TypeId::of::<T>()).map(ResourceCell::unbox)
    }

    /// Returns a resource.
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.cell::<T>().map(ResourceCell::get_in_world)
    }

    /// Returns a resource, to be changed.
    pub fn get_mut<T: Send + Sync + 'static>(&mut self) -> Option<&mut T> {
        self.changes.note::<T>();
        let cell = self.resources.get_mut(&TypeId::of::<T>())?;
        cell.as_any_mut().downcast_mut().map(ResourceCell::get_mut)
    }

    /// Returns whether there is a resource of type `T`.
    pub fn contains<T: Send + Sync + 'static>(&self) -> bool {
        self.resources.contains_key(&TypeId::of::<T>())
    }

    /// Spawns an entity with components, as in `world.spawn((Position(..), Velocity(..)))`.
    pub fn spawn(&mut self, components: impl DynamicBundle) -> Entity {
        self.changes.entities += 1;
        self.entities.spawn(components)
    }

    /// Despawns an entity.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no such entity.
    pub fn despawn(&mut self, entity: Entity) -> Result<(), hecs::NoSuchEntity> {
        self.changes.entities += 1;
        self.entities.despawn(entity)
    }

    /// Adds components to an entity, and replaces those that it has of the same types.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no such entity.
    pub fn attach(&mut self, entity: Entity, components: impl DynamicBundle) -> Result<(), hecs::NoSuchEntity> {
        self.changes.entities += 1;
        self.entities.insert(entity, components)
    }

    /// Takes components from an entity, as in `world.detach::<(Burning,)>(entity)`.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no such entity, or if it lacks one of the components.
    pub fn detach<B: Bundle + 'static>(&mut self, entity: Entity) -> Result<B, hecs::ComponentError> {
        self.changes.entities += 1;
        self.entities.remove(entity)
    }

    /// Returns one component of an entity, as in `world.component_mut::<Health>(entity)`.
    pub fn component_mut<T: Component>(&mut self, entity: Entity) -> Option<&mut T> {
        self.changes.note::<T>();
        self.entities.query_one_mut::<&mut T>(entity).ok()
    }

    /// Returns the entities, to be queried outside of systems.
    ///
    /// While it is borrowed no entity comes or goes and no component is added or taken, as all of these need `&mut` of the world: collect
    /// the [`Entity`]s first, then [`despawn`](Self::despawn), [`attach`](Self::attach) or [`detach`](Self::detach). A system gives
    /// [`Commands`] instead. Components may be changed while they are iterated: a query of `&mut T` has them one at a time, and panics if
    /// another query that is still open has the same ones. [`Cx::changed`](crate::Cx::changed) does not see such changes, as nobody is
    /// asked: write through [`entities_mut`](Self::entities_mut) where somebody looks for them.
    pub const fn entities(&self) -> &hecs::World {
        &self.entities
    }

    /// Returns the entities, to be changed in every way that hecs offers.
    pub fn entities_mut(&mut self) -> &mut hecs::World {
        // The caller may put another world in its place, whose archetypes number the same.
        self.structure = fresh_number();
        self.changes.entities += 1;
        &mut self.entities
    }

    pub(crate) fn cell<T: Send + Sync + 'static>(&self) -> Option<&ResourceCell<T>> {
        self.resources.get(&TypeId::of::<T>())?.as_any().downcast_ref()
    }

    /// Returns a number that no other world has.
    pub(crate) const fn id(&self) -> u64 {
        self.id
    }

    pub(crate) const fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Returns whether there has been an entity with a component of this type.
    pub(crate) fn has_component(&self, id: TypeId) -> bool {
        self.entities.archetypes().any(|archetype| archetype.has_dynamic(id))
    }

    pub(crate) fn structure(&self) -> Structure {
        Structure { world: self.structure, archetypes: self.entities.archetypes_generation() }
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut resources: Vec<_> = self.resources.values().map(|cell| cell.type_name()).collect();
        resources.sort_unstable();
        f.debug_struct(type_name::<Self>())
            .field("resources", &resources)
            .field("entities", &self.entities.len())
            .finish_non_exhaustive()
    }
}

/// Returns a number that no other world has had.
fn fresh_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::World;

    #[test]
    fn a_resource_is_replaced_and_removed_by_type() {
        let mut world = World::new();
        assert_eq!(world.insert(1_u32), None);
        assert_eq!(world.insert(2_u32), Some(1));
        assert_eq!(world.insert("text"), None);
        *world.get_mut::<u32>().expect("it was inserted") += 40;
        assert_eq!(world.get::<u32>(), Some(&42));
        assert_eq!(world.remove::<u32>(), Some(42));
        assert!(!world.contains::<u32>());
        assert_eq!(world.get::<&str>(), Some(&"text"));
    }

    #[test]
    fn a_world_whose_entities_were_exchanged_is_another_structure() {
        let mut world = World::new();
        let before = world.structure();
        *world.entities_mut() = hecs::World::new();
        assert_ne!(before, world.structure());
    }
}
