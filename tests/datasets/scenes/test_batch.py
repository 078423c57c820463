import torch

from coursekit.datasets.scenes import Scenes, draw


def test_scenes_can_be_picked() -> None:
    scenes = draw(6, seed=1, size=32)
    for picked, numbers in [
        (scenes[2], [2]),
        (scenes[-1], [5]),
        (scenes[1:4], [1, 2, 3]),
        (scenes[[4, 0]], [4, 0]),
        (scenes[torch.tensor([5, 3])], [5, 3]),
        (scenes[scenes.labels == scenes.labels[1]], [1]),
    ]:
        assert isinstance(picked, Scenes)
        assert len(picked) == len(numbers)
        assert torch.equal(picked.images, scenes.images[numbers])
        assert torch.equal(picked.masks, scenes.masks[numbers])
        assert torch.equal(picked.labels, scenes.labels[numbers])
        assert picked.factors == [scenes.factors[k] for k in numbers]


def test_scenes_move_to_a_device() -> None:
    moved = draw(2, size=32).to("meta")
    tensors = (moved.images, moved.labels, moved.part_map, moved.instance_map)
    assert {t.device.type for t in tensors} == {"meta"}
