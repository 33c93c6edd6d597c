"""Examples of answers about the system itself: its services, its books, its dead letters."""

from api.examples import TS

DEAD_LETTER = {
    "id": 12,
    "received": TS,
    "stage": "flow",
    "topic": "lineshaft/v1/hangzhou/plant-1/pump-101/m",
    "device": "hangzhou/plant-1/pump-101",
    "code": "bad_ts",
    "detail": "ts is 253402300799000, expected 2000 to 2100",
    "readings": 1,
    "length": 143,
    "body_preview": '{"v":1,"ts":253402300799000,"n":["temp"],"v":[[61.4]]}',
    "pos": 81_204,
    "replayed": None,
    "replay_of": None,
}

WHOLE_LETTER = {
    "id": 12,
    "received": TS,
    "stage": "flow",
    "topic": "lineshaft/v1/hangzhou/plant-1/pump-101/m",
    "device": "hangzhou/plant-1/pump-101",
    "boot": "01hf7y",
    "lane": 0,
    "seq": 4711,
    "code": "bad_ts",
    "detail": "ts is 253402300799000, expected 2000 to 2100",
    "readings": 1,
    "length": 52,
    "sha256": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    "version": "0.1.0",
    "pos": 81_204,
    "properties": None,
    "replayed": None,
    "replayed_pos": None,
    "replay_of": None,
    "body_text": '{"v":1,"ts":253402300799000,"n":["temp"],"r":[[0,61.4]]}',
    "body_hex": "7b2276223a317d",
    "siblings": [],
    "again": [],
}

LETTER_COUNT = {
    "site": "hangzhou",
    "agent": "plant-1",
    "code": "bad_ts",
    "messages": 4210,
    "readings": 4210,
    "kept": 1000,
    "waiting": 1000,
    "newest": TS,
}

REPLAY = {
    "replayed": 1,
    "stored_already": 0,
    "still_rejected": 1,
    "left_alone": 0,
    "after": None,
    "items": [
        {"id": 12, "result": "replayed", "detail": "", "pos": 90_001},
        {"id": 13, "result": "still_rejected", "detail": "json: unexpected end", "pos": None},
    ],
}

LANE = {
    "site": "hangzhou",
    "agent": "plant-1",
    "boot": "01hf7y",
    "lane": 0,
    "seq": 1002,
    "lost": 2,
    "gaps": 1,
    "updated": TS,
}

BOOKS = {
    "ts": TS,
    "balanced": True,
    "faults": [],
    "messages": {
        "received": 1010,
        "journaled": 1000,
        "duplicate": 8,
        "ahead": 1,
        "refused": 1,
        "replayed": 2,
    },
    "readings": {
        "decoded": 6000,
        "stored": 5989,
        "duplicate_same": 8,
        "duplicate_conflict": 1,
        "rejected": 2,
        "dropped": 0,
    },
    "done": {"decoded": 998, "dead_lettered": 1},
    "in_flight": {"messages": 3, "positions": 4},
    "classes": [{"code": "duplicate_conflict", "messages": 0, "readings": 1}],
    "samples": [
        {
            "site": "hangzhou",
            "agent": "plant-1",
            "class": "duplicate_conflict",
            "device": "pump-101",
            "signal": "temp",
            "ts": TS - 1000,
            "value": 99.0,
            "earlier": 61.5,
            "received": TS,
            "pos": 81_200,
        }
    ],
    "lost": [
        {
            "site": "hangzhou",
            "agent": "plant-1",
            "cause": "edge_dropped",
            "messages": 2,
            "gaps": 1,
            "booked": TS,
        }
    ],
    "gaps": [
        {
            "site": "hangzhou",
            "agent": "plant-1",
            "boot": "01hf7y",
            "lane": 0,
            "first_seq": 700,
            "last_seq": 701,
            "cause": "edge_dropped",
            "booked": TS,
        }
    ],
    "agents": [
        {
            "site": "hangzhou",
            "agent": "plant-1",
            "journaled": 1000,
            "duplicate": 8,
            "ahead": 1,
            "refused": 1,
            "replayed": 2,
            "lost": 2,
            "in_flight": 3,
            "readings": 6000,
            "stored": 5989,
            "rejected": 2,
            "outbox": 0,
            "balanced": True,
            "seen": TS,
        }
    ],
    "agents_total": 1,
}

SYSTEM = {
    "services": [
        {
            "service": "ingest",
            "state": "up",
            "seen": TS,
            "started": TS - 60_000,
            "version": "0.1.0",
            "detail": {"connected": True},
        }
    ],
    "rates": {"messages_s": 42.0, "readings_in_s": 168.0, "stored_s": 168.0, "rejected_s": 0.0},
    "journal": {"head": 81_204, "shard_pos": 81_203, "plant_pos": 81_203},
    "database": {"flavour": "plain", "bytes": 48_000_000},
    "dead_letters": 2,
    "version": "0.1.0",
}
