//! Changes of the world's structure, put off until the end of a stage.

use std::cell::RefCell;
use std::fmt;

use hecs::{Bundle, DynamicBundle, Entity};

use crate::world::World;

/// Collects what a system wants done to the world at the sync point at the end of its stage.
///
/// A system that declares `#[writes(Commands)]` gets its own by [`Cx::commands`](crate::Cx::commands). All commands of
/// a stage apply in program order: by system, and within a system in the order in which they were given. They conflict
/// with nothing, so two systems that give commands may run at once.
#[derive(Default)]
pub struct Commands {
    queue: RefCell<Vec<Command>>,
}

type Command = Box<dyn FnOnce(&mut World) + Send>;

impl Commands {
    /// Spawns an entity.
    ///
    /// It gets its name when it is spawned; to use that, queue a closure.
    pub fn spawn(&self, components: impl DynamicBundle + Send + 'static) {
        self.queue(move |world| {
            world.spawn(components);
        });
    }

    /// Despawns an entity; nothing happens if it is gone by then.
    pub fn despawn(&self, entity: Entity) {
        self.queue(move |world| drop(world.despawn(entity)));
    }

    /// Adds components to an entity; nothing happens if it is gone by then.
    pub fn attach(&self, entity: Entity, components: impl DynamicBundle + Send + 'static) {
        self.queue(move |world| drop(world.attach(entity, components)));
    }

    /// Takes components from an entity, as in `detach::<(Burning,)>(entity)`; nothing happens if they are gone by then.
    pub fn detach<B: Bundle + 'static>(&self, entity: Entity) {
        self.queue(move |world| drop(world.detach::<B>(entity)));
    }

    /// Inserts a resource.
    pub fn insert<T: Send + Sync + 'static>(&self, resource: T) {
        self.queue(move |world| drop(world.insert(resource)));
    }

    /// Removes a resource.
    pub fn remove<T: Send + Sync + 'static>(&self) {
        self.queue(|world| drop(world.remove::<T>()));
    }

    /// Does anything to the world.
    pub fn queue(&self, command: impl FnOnce(&mut World) + Send + 'static) {
        self.queue.borrow_mut().push(Box::new(command));
    }

    /// Applies the commands in the order in which they were given.
    pub(crate) fn apply(&mut self, world: &mut World) {
        for command in self.queue.get_mut().drain(..) {
            command(world);
        }
    }

    /// Forgets the commands.
    pub(crate) fn clear(&mut self) {
        self.queue.get_mut().clear();
    }
}

impl fmt::Debug for Commands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commands").field("waiting", &self.queue.borrow().len()).finish()
    }
}
