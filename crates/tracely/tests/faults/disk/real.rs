//! File systems of their own, which really fill up or are made read-only by the kernel. Only root may mount them.

use super::{
    Ledger, audit_after_kill, nothing_is_left, prepare, recovers, refused, sqlite_home, still_works,
};
use crate::world;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A disk of a few megabytes of its own, where mounting is allowed.
pub struct SmallDisk {
    path: PathBuf,
}

impl SmallDisk {
    /// Mounts one over a directory; none when this user may not.
    pub fn mount(path: &Path, megabytes: u32) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        let size = format!("size={megabytes}m");
        let mounted = done(Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(path));
        mounted.then(|| Self { path: path.to_owned() })
    }

    /// Takes all the room that is left.
    pub fn fill(&self) {
        let mut file = File::create(self.path.join("filler")).unwrap();
        for size in [1 << 20, 4096, 1] {
            while file.write_all(&vec![1; size]).is_ok() {}
        }
    }

    pub fn make_room(&self) {
        fs::remove_file(self.path.join("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        Command::new("umount").arg("--lazy").arg(&self.path).status().ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_disk_that_fills_up_is_told_and_survived() {
    let home = sqlite_home(TempDir::new().unwrap());
    let Some(disk) = SmallDisk::mount(&home.data_dir(), 16) else {
        world::report(
            "LEFT OUT: a real full disk, since this user may not mount; the shim's full disk was tested",
        );
        return;
    };
    let server = home.serve();
    let client = server.client().clone();
    prepare(&client).await;
    let mut ledger = Ledger::default();
    for _ in 0..2 {
        for _ in 0..30 {
            assert_eq!(ledger.send(&client).await.status, 201);
        }
        client.until("/api/incidents", |answer| answer["meta"]["total"] == 1).await;
        disk.fill();
        refused(&mut ledger, &client, "is full").await;
        assert_eq!(client.get("/api/incidents").await["meta"]["total"], 1);
        let total = client.get("/api/metrics").await["meta"]["total"].as_u64().unwrap() as usize;
        assert!(total >= ledger.acknowledged.len());
        for _ in 0..30 {
            ledger.send(&client).await;
        }
        disk.make_room();
        recovers(&mut ledger, &client).await;
        nothing_is_left(&home).await;
    }
    audit_after_kill(&home, server, &ledger).await;
}

/// An ext4 file system in a file, which the kernel makes read-only when it finds an error in it.
struct FragileDisk {
    image: PathBuf,
    path: PathBuf,
}

impl FragileDisk {
    /// Makes one and mounts it over a directory; none where that cannot be done.
    fn mount(path: &Path, image: PathBuf) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        File::create(&image).unwrap().set_len(64 << 20).unwrap();
        let disk = Self { image, path: path.to_owned() };
        let made = done(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&disk.image)) && disk.mount_again();
        (made && disk.trigger().exists()).then_some(disk)
    }

    fn mount_again(&self) -> bool {
        let options = "loop,errors=remount-ro";
        done(Command::new("mount").args(["-o", options]).arg(&self.image).arg(&self.path))
    }

    /// The file in which the kernel is told to find an error.
    fn trigger(&self) -> PathBuf {
        let device = Command::new("findmnt").args(["-n", "-o", "SOURCE"]).arg(&self.path).output();
        let device = device.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        let name = device.as_ref().ok().and_then(|device| device.rsplit('/').next());
        Path::new("/sys/fs/ext4").join(name.unwrap_or_default()).join("trigger_fs_error")
    }

    fn find_error(&self) {
        fs::write(self.trigger(), "1").unwrap();
    }

    /// Does what an administrator does: nobody can make such a file system writable while it is mounted.
    fn repair(&self) {
        assert!(done(Command::new("umount").arg(&self.path)));
        let checked = Command::new("e2fsck").arg("-fy").arg(&self.image).output().unwrap();
        // 1 says that something was mended.
        assert!(matches!(checked.status.code(), Some(0 | 1)), "{checked:?}");
        assert!(self.mount_again());
    }
}

impl Drop for FragileDisk {
    fn drop(&mut self) {
        done(Command::new("umount").arg("--lazy").arg(&self.path));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_disk_that_the_kernel_makes_read_only_is_told_and_keeps_what_was_acknowledged() {
    let (home, outside) = (sqlite_home(TempDir::new().unwrap()), TempDir::new().unwrap());
    let Some(disk) = FragileDisk::mount(&home.data_dir(), outside.path().join("image")) else {
        world::report(
            "LEFT OUT: a real disk that becomes read-only, since an ext4 image cannot be mounted here",
        );
        return;
    };
    let server = home.serve();
    let client = server.client().clone();
    prepare(&client).await;
    let mut ledger = Ledger::default();
    for _ in 0..200 {
        assert_eq!(ledger.send(&client).await.status, 201);
    }
    client.until("/api/incidents", |answer| answer["meta"]["total"] == 1).await;
    disk.find_error();
    // It either can only be read or fails, as SQLite meets it.
    refused(&mut ledger, &client, "nothing can be stored").await;
    still_works(&ledger, &client, "nothing can be stored").await;
    for _ in 0..30 {
        ledger.send(&client).await;
    }
    server.kill();
    disk.repair();
    let server = home.serve();
    recovers(&mut ledger, server.client()).await;
    nothing_is_left(&home).await;
    audit_after_kill(&home, server, &ledger).await;
}

fn done(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}
